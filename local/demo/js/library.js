/**
 * All files that this page knows: those being sent, and those that Dozo has.
 *
 * The list is kept in the browser, without credentials and without the files' bytes, so that a reload finds the files
 * again; their state is read from Dozo anew. All tabs of the page share one storage: each writes only its own
 * changes, and is told of the others'. Changes are reported by the events `added`, `changed` and `removed`.
 */

import { Memory } from './memory.js';
import { isSettled } from './states.js';

/** Phases that a file keeps after a reload; an upload in progress has stopped. */
const LASTING = ['sent', 'refused', 'cancelled', 'unknown'];

/** Phases in which the tab that has the file is still working on it. */
const UNDER_WAY = ['asking', 'queued', 'sending'];

/** Milliseconds after which a sent file that Dozo does not know is given up: its stack is gone. */
const PATIENCE = 15 * 60 * 1000;

/**
 * @typedef {object} Item
 * @property {string} key of this page's own
 * @property {string} name
 * @property {number} bytes
 * @property {'public' | 'private'} visibility as requested
 * @property {number} addedAt
 * @property {import('./states.js').Phase} phase
 * @property {number} sent bytes that have gone out
 * @property {string} [problem] a sentence, when it did not go out
 * @property {File} [file] until the page is reloaded
 * @property {object} [grant] the API's answer, until the page is reloaded
 * @property {object} [granted] this file's part of it
 * @property {string} [upload]
 * @property {string} [media]
 * @property {object} [view] the media, as the API shows it
 * @property {{query?: string, expires_at?: string, problem?: string}} [access] of a private one: the grant, or why there is none
 */

export class Library extends EventTarget {
  /** @type {Map<string, Item>} newest first is the order of `items()`, oldest first that of this map */
  #items = new Map();
  /** When the latest file was added. No two of a tab are added at the same time, so that their order is kept. */
  #latest = 0;
  #memory = new Memory((kept, gone) => this.#hearOfOthers(kept, gone));

  /** @returns {Item[]} newest first */
  items() {
    return [...this.#items.values()].reverse();
  }

  /** Restores the items from before the page was reloaded. */
  recall() {
    for (const kept of this.#memory.read()) {
      this.#put(this.#ofOthers(kept));
    }
  }

  /**
   * @param {File} file
   * @param {'public' | 'private'} visibility
   */
  add(file, visibility) {
    this.#latest = Math.max(Date.now(), this.#latest + 1);
    const item = this.#put({
      key: crypto.randomUUID(), name: file.name, bytes: file.size, visibility, addedAt: this.#latest, phase: 'asking', sent: 0,
      file,
    });
    this.#memory.write([item]);
    this.#memory.hold(item);
    return item;
  }

  /** Changes an item in place; an item that was removed in the meantime stays removed. */
  change(item, changes) {
    if (!this.#items.has(item.key)) return;
    const before = { ...item };
    Object.assign(item, changes);
    this.dispatchEvent(new CustomEvent('changed', { detail: { item, before } }));
    if (before.phase !== item.phase || before.media !== item.media) this.#memory.write([item]);
    if (!UNDER_WAY.includes(item.phase)) this.#memory.release(item);
    else if (!UNDER_WAY.includes(before.phase)) this.#memory.hold(item);
  }

  /** Takes over Dozo's view of the media of one upload. Returns whether anything is new. */
  hear(upload, views) {
    const heard = new Map(views.map((view) => [view.media, view]));
    let news = false;
    for (const item of this.#items.values()) {
      const view = heard.get(item.media);
      const isNews = view && (view.updated_at !== item.view?.updated_at || view.progress?.done !== item.view?.progress?.done);
      if (isNews) {
        // Dozo knows the file, so it was sent, whatever this page remembers.
        this.change(item, { view, phase: 'sent', file: isSettled(view.state) ? undefined : item.file });
        news = true;
      } else if (!view && item.upload === upload && item.phase === 'sent' && Date.now() - item.addedAt > PATIENCE) {
        this.change(item, { phase: 'unknown', view: undefined });
      }
    }
    return news;
  }

  /** Forgets an item in this page; Dozo keeps the media. */
  remove(item) {
    if (!this.#items.delete(item.key)) return;
    this.dispatchEvent(new CustomEvent('removed', { detail: { item } }));
    this.#memory.forget(item);
  }

  /** Returns the uploads that contain files whose final state is not known yet. */
  unsettledUploads() {
    const open = this.items().filter((item) => item.phase === 'sent' && !(item.view && isSettled(item.view.state)));
    return [...new Set(open.map((item) => item.upload))];
  }

  /** Returns the uploads that Dozo may know. */
  uploads() {
    return [...new Set(this.items().filter((item) => item.upload).map((item) => item.upload))];
  }

  /** Takes over what other tabs wrote and removed, except for files that this tab sends itself. */
  #hearOfOthers(kept, gone) {
    for (const other of kept) {
      const item = this.#items.get(other.key);
      if (!item) this.#put(this.#ofOthers(other));
      else if (!item.file && (item.phase !== other.phase || item.media !== other.media)) this.#take(item, this.#ofOthers(other));
    }
    for (const key of gone) {
      const item = this.#items.get(key);
      this.#items.delete(key);
      if (item) this.dispatchEvent(new CustomEvent('removed', { detail: { item } }));
    }
  }

  /** Returns an item for a file that another tab has chosen: its phase while that tab is open, and afterwards. */
  #ofOthers(kept) {
    if (LASTING.includes(kept.phase)) return { ...kept, sent: 0 };
    this.#memory.whenLeft(kept, () => {
      const item = this.#items.get(kept.key);
      if (item?.phase === 'elsewhere') this.#take(item, { ...kept, phase: 'interrupted' });
    });
    return { ...kept, sent: 0, phase: 'elsewhere' };
  }

  #take(item, { phase, problem, upload, media }) {
    const before = { ...item };
    Object.assign(item, { phase, problem, upload, media });
    this.dispatchEvent(new CustomEvent('changed', { detail: { item, before } }));
  }

  #put(item) {
    this.#items.set(item.key, item);
    this.dispatchEvent(new CustomEvent('added', { detail: { item } }));
    return item;
  }
}
