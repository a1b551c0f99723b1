/**
 * All files that this page knows: those being sent, and those that Dozo has.
 *
 * The list is kept in the browser, so that a reload finds the files again; their state is read from Dozo anew. All tabs of
 * the page share one storage: each writes only its own changes, and is told of the others'. Changes are reported by the
 * events `added`, `changed` and `removed`, whose `detail` is `{item, before?}`.
 */

import { Memory } from './memory.js';
import { isSettled, standing } from './states.js';

/** @typedef {import('../types.js').Item} Item */
/** @typedef {import('../types.js').Visibility} Visibility */

/** Phases that a file keeps after a reload; an upload in progress has stopped. */
const LASTING = ['sent', 'refused', 'cancelled', 'unknown'];

/** Phases in which the tab that has the file is still working on it. */
export const UNDER_WAY = ['asking', 'queued', 'sending', 'paused'];

/**
 * Milliseconds after which a sent file that Dozo does not know is given up: its stack is gone. What an app brings beyond its share
 * may wait for four hours before anybody looks at it.
 */
const PATIENCE = 5 * 60 * 60 * 1000;

export class Library extends EventTarget {
  /** Newest first is the order of `items()`, oldest first that of this map. */
  #items = /** @type {Map<string, Item>} */ (new Map());
  /** When the latest file was added. No two of a tab are added at the same time, so that their order is kept. */
  #latest = 0;
  #memory;

  /**
   * @param {string | null} store the beginning of names in the browser's storage; with null, nothing is stored
   * @param {AbortSignal} signal ends it
   */
  constructor(store, signal) {
    super();
    this.#memory = store === null ? undefined : new Memory(store, (kept, gone) => this.#hearOfOthers(kept, gone), signal);
  }

  /** @returns {Item[]} newest first */
  items() {
    return [...this.#items.values()].reverse();
  }

  /** Restores the items from before the page was reloaded. */
  restore() {
    for (const kept of this.#memory?.read() ?? []) {
      if (!this.#items.has(kept.key)) this.#put(this.#ofOthers(kept));
    }
  }

  /**
   * Takes up a file that is going to be sent.
   *
   * @param {File} file
   * @param {Visibility | null} [visibility]
   */
  enter(file, visibility) {
    this.#latest = Math.max(Date.now(), this.#latest + 1);
    const item = this.#put({
      key: crypto.randomUUID(), name: file.name, bytes: file.size, lastModified: file.lastModified, visibility, addedAt: this.#latest,
      phase: 'asking', sent: 0, file,
    });
    this.#memory?.write(item);
    this.#memory?.hold(item);
    return item;
  }

  /**
   * Returns the interrupted upload of the same file, if there is one.
   *
   * @param {File} file
   * @param {Visibility | null} [visibility]
   */
  interrupted({ name, size, lastModified }, visibility) {
    return this.items().find((item) => item.phase === 'interrupted' && item.name === name && item.bytes === size
      && item.lastModified === lastModified && item.visibility === visibility);
  }

  /**
   * Changes an item in place, by notes of the page's own, too; an item that was removed in the meantime stays removed.
   *
   * @param {Item} item
   * @param {Partial<Item> & Record<string, unknown>} changes
   */
  change(item, changes) {
    if (!this.#items.has(item.key)) return;
    const before = this.#alter(item, changes);
    if (before.phase !== item.phase || before.media !== item.media) this.#memory?.write(item);
    if ('ticket' in changes || 'begun' in changes) this.#memory?.keep(item);
    if (UNDER_WAY.includes(item.phase)) this.#memory?.hold(item);
    else this.#memory?.release(item);
  }

  /**
   * Takes over Dozo's view of the media of one upload. Returns whether anything is new.
   *
   * @param {string} upload
   * @param {import('../types.js').Media[]} views
   */
  hear(upload, views) {
    const heard = new Map(views.map((view) => [view.media, view]));
    let news = false;
    for (const item of this.#items.values()) {
      const view = heard.get(item.media ?? '');
      const isNews = view && (view.updated_at !== item.view?.updated_at || view.progress?.done !== item.view?.progress?.done);
      if (isNews) {
        // Dozo knows the file, so it was sent, whatever this page remembers.
        this.change(item, { phase: 'sent', ticket: undefined, begun: undefined, view, file: isSettled(view.state) ? undefined : item.file });
        news = true;
      } else if (!view && item.upload === upload && item.phase === 'sent' && Date.now() - (item.sentAt ?? item.addedAt) > PATIENCE) {
        this.change(item, { phase: 'unknown', view: undefined });
      }
    }
    return news;
  }

  /**
   * Forgets an item in this page; Dozo keeps the media.
   *
   * @param {Item} item
   */
  forget(item) {
    if (!this.#items.delete(item.key)) return;
    this.#memory?.release(item);
    this.#memory?.forget(item);
    this.tell('removed', { item });
  }

  /** Returns the uploads that contain files whose final state is not known yet. */
  unsettledUploads() {
    return uploadsOf(this.items().filter((item) => item.phase === 'sent' && standing(item).look === 'busy'));
  }

  /** Returns the uploads that Dozo may know. */
  uploads() {
    return uploadsOf(this.items());
  }

  /**
   * Takes over what other tabs wrote and removed, except for files that this tab sends itself.
   *
   * @param {Item[]} kept
   * @param {string[]} gone
   */
  #hearOfOthers(kept, gone) {
    for (const other of kept) {
      const item = this.#items.get(other.key);
      if (!item) this.#put(this.#ofOthers(other));
      else if (!item.file && (item.phase !== other.phase || item.media !== other.media)) this.#take(item, this.#ofOthers(other));
    }
    for (const key of gone) {
      const item = this.#items.get(key);
      if (item?.file && UNDER_WAY.includes(item.phase)) continue;
      this.#items.delete(key);
      if (item) this.tell('removed', { item });
    }
  }

  /**
   * Returns an item for a file that another tab has chosen, or this one before it was reloaded: its phase while that tab
   * is open, and afterwards.
   *
   * @param {Item} kept
   * @returns {Item}
   */
  #ofOthers(kept) {
    if (LASTING.includes(kept.phase)) return { ...kept, sent: 0 };
    this.#memory?.whenLeft(kept, () => {
      const item = this.#items.get(kept.key);
      if (item?.phase === 'elsewhere') this.#take(item, { ...kept, phase: 'interrupted', ...this.#memory?.kept(kept) });
    });
    return { ...kept, sent: 0, phase: 'elsewhere' };
  }

  /**
   * @param {Item} item
   * @param {Item} taken
   */
  #take(item, { phase, problem, upload, media, ticket, begun }) {
    this.#alter(item, { phase, problem, upload, media, ticket, begun });
  }

  /**
   * Changes an item and tells of it. Returns how it was before.
   *
   * @param {Item} item
   * @param {Partial<Item>} changes
   */
  #alter(item, changes) {
    const before = { ...item };
    Object.assign(item, changes);
    if (item.phase === 'sent') item.sentAt ??= Date.now();
    this.tell('changed', { item, before });
    return before;
  }

  /** @param {Item} item */
  #put(item) {
    this.#items.set(item.key, item);
    this.tell('added', { item });
    return item;
  }

  /**
   * @param {'added' | 'changed' | 'removed' | 'reachable'} what
   * @param {{item: Item, before?: Item} | {reachable: boolean}} detail
   */
  tell(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}

/** @param {Item[]} items */
function uploadsOf(items) {
  return [...new Set(items.flatMap(({ upload }) => upload ?? []))];
}
