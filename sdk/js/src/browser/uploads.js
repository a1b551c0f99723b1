/**
 * The files of a page: sends them, follows them until Dozo has decided, and finds them again after a reload.
 *
 *   add ─▶ uploader ─▶ library ◀─ watch
 *                        │ events
 *                        ▼ added, changed, removed; and reachable, when the back end was asked
 */

import { Problem } from '../problem.js';
import { Backend } from './backend.js';
import { Library } from './library.js';
import { standing } from './states.js';
import { Uploader } from './uploader.js';
import { Watch } from './watch.js';

/** @typedef {import('../types.js').Item} Item */
/** @typedef {import('../types.js').BackendCalls} BackendCalls */

export class Uploads extends Library {
  #uploader;
  #watch;
  #life;

  /**
   * @param {{backend?: string | BackendCalls, store?: string | null}} [options] `backend` is the address of the routes of
   *   {@link Backend}, or an object with its methods. `store` is the beginning of the names under which the browser
   *   remembers the files; null has it remember nothing
   */
  constructor({ backend = '/api', store = 'dozo.uploads.' } = {}) {
    const life = new AbortController();
    const { signal } = life;
    super(store, signal);
    this.#life = life;
    const calls = typeof backend === 'string' ? new Backend(backend) : backend;
    this.#uploader = new Uploader(this, calls, signal);
    this.#watch = new Watch(this, calls, (reachable) => this.tell('reachable', { reachable }), signal);
    this.addEventListener('changed', (event) => {
      const { item, before } = /** @type {CustomEvent<{item: Item, before: Item}>} */ (event).detail;
      if (item.phase === 'sent' && before.phase !== 'sent') this.#watch.expectNews();
    });
  }

  /** Restores the files from before the page was reloaded, and asks how they stand. */
  recall() {
    this.restore();
    return this.refresh();
  }

  /** Asks how all files stand, also those that were settled. */
  refresh() {
    return this.#watch.lookAtAll();
  }

  /**
   * Begins to send files. A file whose upload was interrupted by a reload goes on where that stopped.
   *
   * @param {Iterable<File>} files
   * @param {import('../types.js').Wish} [wish]
   * @returns {Item[]} in the order of the files
   */
  add(files, wish = {}) {
    return this.#uploader.add(files, wish);
  }

  /** @param {Item} item goes on by {@link resume} */
  pause(item) {
    this.#uploader.pause(item);
  }

  /** @param {Item} item that is paused, was cancelled, or broke; after a reload, its file must be added again instead */
  resume(item) {
    this.#uploader.retry(item);
  }

  /** @param {Item} item */
  cancel(item) {
    this.#uploader.cancel(item);
  }

  /** @param {Item} item is forgotten in this browser; Dozo keeps the media */
  remove(item) {
    // What is not on its way has none.
    if (item.ticket) this.cancel(item);
    this.forget(item);
  }

  /**
   * Waits until a file needs nobody's patience any more: its media is ready, rejected or the like, or it did not go out.
   *
   * @param {Item} item
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<Item>}
   */
  settled(item, { signal } = {}) {
    return new Promise((resolve, reject) => {
      const ended = new AbortController();
      const look = () => {
        const isGone = signal?.aborted || this.#life.signal.aborted || !this.items().includes(item);
        const isOver = standing(item).look !== 'busy' && item.phase !== 'paused';
        if (!isGone && !isOver) return;
        ended.abort();
        if (isGone) reject(new DOMException('Cancelled', 'AbortError'));
        else resolve(item);
      };
      for (const name of ['changed', 'removed']) this.addEventListener(name, look, { signal: ended.signal });
      for (const end of [signal, this.#life.signal]) end?.addEventListener('abort', look, { signal: ended.signal });
      look();
    });
  }

  /** Stops everything. What was sent stays with Dozo, and an upload in progress can be taken up after a reload. */
  close() {
    this.#life.abort();
  }
}

/**
 * Uploads one file and waits until it is ready. Nothing is remembered in the browser.
 *
 * @param {File} file
 * @param {{backend?: string | BackendCalls, signal?: AbortSignal, onProgress?: (item: Item) => void} & import('../types.js').Wish} [options]
 *   `onProgress` is told of every change: `item.sent` of `item.bytes` while it is sent, then `item.view`
 * @returns {Promise<import('../types.js').Media>} throws a {@link Problem} that says why it is not ready, or an `AbortError`
 */
export async function upload(file, { backend, signal, onProgress, ...wish } = {}) {
  const uploads = new Uploads({ backend, store: null });
  uploads.addEventListener('changed', (event) => onProgress?.(/** @type {CustomEvent<{item: Item}>} */ (event).detail.item));
  const [item] = uploads.add([file], wish);
  if (!item) throw new Problem();
  try {
    await uploads.settled(item, { signal });
  } catch (error) {
    uploads.cancel(item);
    throw error;
  } finally {
    uploads.close();
  }
  if (item.view?.state === 'ready') return item.view;
  const { name, code, reason } = standing(item);
  throw new Problem({ code: code || name, detail: reason || 'The file is not ready.' });
}
