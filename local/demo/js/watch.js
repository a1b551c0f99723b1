/**
 * Watches what becomes of files that have gone out, by asking again and again: soon after news, ever more seldom
 * without, and not at all while nobody looks at the page.
 */

import { mediaOf } from './api.js';

/** Milliseconds between two looks: the first pause, how it grows, the longest. */
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

  /** Something has just gone out: look soon. */
  expectNews() {
    this.#pause = FIRST;
    this.#schedule();
  }

  /** Reads everything once, settled or not: it may have changed while nobody looked. */
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
