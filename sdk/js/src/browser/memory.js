/**
 * What the browser remembers of files, in two places.
 *
 * - `localStorage`, shared by all tabs: names and ids, neither credentials nor bytes. Each file is stored by itself. Tabs
 *   may run in several processes of the browser, which hear of each other's writes a moment later; a list of all files,
 *   even one read just before, would undo what another tab wrote in that moment.
 * - `sessionStorage`, of this tab alone and gone with it: what an upload goes on from after a reload, temporary
 *   credentials included, until the file is sent. They can put this upload's files and do nothing else.
 */

import { tried } from './patience.js';

/** @typedef {import('../types.js').Item} Item */

/** Largest number of files; older ones are forgotten first. */
const MOST = 200;

export class Memory {
  #store;
  #onOthers;

  /** The keys last read or written, to detect which ones another tab has removed. */
  #known = /** @type {Set<string>} */ (new Set());

  /** For each file that this tab holds, the function that releases it. */
  #held = /** @type {Map<string, (value?: unknown) => void>} */ (new Map());

  /**
   * @param {string} store the beginning of all names in the browser's storage
   * @param {(kept: Item[], gone: string[]) => void} onOthers told what another tab has written, and which keys it has removed
   * @param {AbortSignal} signal ends it
   */
  constructor(store, onOthers, signal) {
    this.#store = store;
    this.#onOthers = onOthers;
    globalThis.addEventListener?.('storage', (event) => this.#hear(/** @type {StorageEvent} */ (event)), { signal });
    signal.addEventListener('abort', () => {
      this.#held.forEach((_, key) => this.release({ key }));
    });
  }

  /** @param {StorageEvent} event */
  #hear(event) {
    // `null` is a `clear()`.
    if (event.key !== null && !event.key.startsWith(this.#store)) return;
    const before = this.#known;
    const kept = this.read();
    this.#onOthers(kept, [...before].filter((key) => !this.#known.has(key)));
  }

  /** Returns the files, oldest first. */
  read() {
    const kept = this.#stored();
    this.#known = new Set(kept.map((item) => item.key));
    return kept;
  }

  /** @param {Item} item that this tab has added or changed */
  write({ key, name, bytes, lastModified, visibility, addedAt, sentAt, phase, problem, upload, media }) {
    const kept = { key, name, bytes, lastModified, visibility, addedAt, sentAt, phase, problem, upload, media };
    // A browser that stores nothing has a page that works until it is reloaded.
    tried(() => {
      localStorage.setItem(this.#store + key, JSON.stringify(kept));
      this.#known.add(key);
    });
    for (const item of this.#stored().slice(0, -MOST)) this.forget(item);
  }

  /**
   * Keeps what the upload of a file goes on from, or forgets it when there is nothing.
   *
   * @param {Item} item
   */
  keep({ key, ticket, begun }) {
    // If the browser stores nothing, the file is sent from its beginning after a reload.
    tried(() => {
      if (ticket) sessionStorage.setItem(this.#store + key, JSON.stringify({ ticket, begun: begun && { ...begun, etags: [...begun.etags] } }));
      else sessionStorage.removeItem(this.#store + key);
    });
  }

  /**
   * Returns what this tab kept of a file.
   *
   * @param {{key: string}} item
   * @returns {Pick<Item, 'ticket' | 'begun'>}
   */
  kept({ key }) {
    return tried(() => {
      const { ticket, begun } = JSON.parse(sessionStorage.getItem(this.#store + key) ?? '{}');
      const isTicket = typeof ticket?.url === 'string' && typeof ticket.credentials?.AccessKeyId === 'string' && Number.isFinite(ticket.ends);
      if (!isTicket) return {};
      const isBegun = typeof begun?.id === 'string' && begun.size > 0 && Array.isArray(begun.etags);
      return { ticket, ...(isBegun && { begun: { ...begun, etags: new Map(begun.etags) } }) };
    }) ?? {};
  }

  /**
   * Tells other tabs that this one is working on a file, until it is released or the tab is closed, which makes the
   * browser release the lock.
   *
   * @param {{key: string}} item
   */
  hold({ key }) {
    if (this.#held.has(key)) return;
    const letGo = new Promise((resolve) => this.#held.set(key, resolve));
    globalThis.navigator?.locks?.request(this.#lock(key), () => letGo);
  }

  /** @param {{key: string}} item */
  release({ key }) {
    this.#held.get(key)?.();
    this.#held.delete(key);
  }

  /**
   * Calls back once no tab is working on a file.
   *
   * @param {{key: string}} item
   * @param {() => void} callback
   */
  whenLeft({ key }, callback) {
    const { locks } = globalThis.navigator ?? {};
    if (locks) locks.request(this.#lock(key), async () => callback());
    else setTimeout(callback);
  }

  /** @param {{key: string}} item */
  forget({ key }) {
    this.#known.delete(key);
    tried(() => {
      localStorage.removeItem(this.#store + key);
      sessionStorage.removeItem(this.#store + key);
    });
  }

  /** @param {string} key */
  #lock(key) {
    return `${this.#store}lock.${key}`;
  }

  /** Returns the files that are stored, oldest first. */
  #stored() {
    return tried(() => Object.keys(localStorage).filter((name) => name.startsWith(this.#store))
      .flatMap((name) => this.#file(name)).sort((one, other) => one.addedAt - other.addedAt)) ?? [];
  }

  /**
   * Returns the file that is stored under a name, if that is one.
   *
   * @param {string} name
   * @returns {Item[]}
   */
  #file(name) {
    const item = tried(() => JSON.parse(localStorage.getItem(name) ?? 'null'));
    const isFile = this.#store + item?.key === name && typeof item.name === 'string' && Number.isFinite(item.addedAt)
      && Number.isFinite(item.bytes);
    return isFile ? [item] : [];
  }
}
