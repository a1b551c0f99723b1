/**
 * Polls the state of sent files: soon after a change, more and more rarely without one, and not at all while the page
 * is hidden.
 */

import { mediaOf } from './api.js';

/** Milliseconds between two polls: the first pause, its growth factor, the longest pause. */
const FIRST = 400;
const GROWTH = 1.5;
const LONGEST = 8_000;

export class Watch {
  #library;
  #timer;
  #pause = FIRST;
  #looking = false;
  #reachable;

  /**
   * @param {import('./library.js').Library} library
   * @param {(reachable: boolean) => void} onReachable told when the server answers again, or does not any more
   */
  constructor(library, onReachable) {
    this.#library = library;
    this.#reachable = onReachable;
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.lookAtAll();
    });
  }

  /** A file has just been sent: poll soon. */
  expectNews() {
    this.#pause = FIRST;
    this.#schedule();
  }

  /** Reads all uploads once, settled or not, because they may have changed while the page was hidden. */
  async lookAtAll() {
    await this.#look(this.#library.uploads());
    this.expectNews();
  }

  #schedule() {
    clearTimeout(this.#timer);
    if (document.hidden || this.#library.unsettledUploads().length === 0) return;
    this.#timer = setTimeout(async () => {
      const news = await this.#look(this.#library.unsettledUploads());
      this.#pause = news ? FIRST : Math.min(this.#pause * GROWTH, LONGEST);
      this.#schedule();
    }, this.#pause);
  }

  async #look(uploads) {
    if (this.#looking) return false;
    this.#looking = true;
    let news = false;
    try {
      for (const upload of uploads) {
        if (this.#library.hear(upload, await mediaOf(upload))) news = true;
      }
      this.#reachable(true);
    } catch {
      this.#reachable(false);
    } finally {
      this.#looking = false;
    }
    return news;
  }
}
