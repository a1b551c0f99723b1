/**
 * Polls the state of sent files: soon after a change, more and more rarely without one, and not at all while the page
 * is hidden.
 */

/** Milliseconds between two polls: the first pause, its growth factor, the longest pause. */
const FIRST = 400;
const GROWTH = 1.5;
const LONGEST = 8_000;

export class Watch {
  #library;
  #backend;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #pause = FIRST;
  #looking = false;
  #reachable;
  #signal;

  /**
   * @param {import('./library.js').Library} library
   * @param {Pick<import('../types.js').BackendCalls, 'listMedia'>} backend
   * @param {(reachable: boolean) => void} onReachable told at each poll whether the back end answers
   * @param {AbortSignal} signal ends it
   */
  constructor(library, backend, onReachable, signal) {
    this.#library = library;
    this.#backend = backend;
    this.#reachable = onReachable;
    this.#signal = signal;
    globalThis.document?.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.lookAtAll();
    }, { signal });
    signal.addEventListener('abort', () => clearTimeout(this.#timer));
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
    if (this.#signal.aborted || globalThis.document?.hidden || this.#library.unsettledUploads().length === 0) return;
    this.#timer = setTimeout(async () => {
      const news = await this.#look(this.#library.unsettledUploads());
      this.#pause = news ? FIRST : Math.min(this.#pause * GROWTH, LONGEST);
      this.#schedule();
    }, this.#pause);
  }

  /** @param {string[]} uploads */
  async #look(uploads) {
    if (this.#looking) return false;
    this.#looking = true;
    let news = false;
    let reachable = true;
    for (const upload of uploads) {
      try {
        if (this.#library.hear(upload, await this.#mediaOf(upload))) news = true;
      } catch {
        // Another upload may still be read: this one may be somebody else's, or of a stack that is gone.
        reachable = false;
      }
    }
    this.#reachable(reachable);
    this.#looking = false;
    return news;
  }

  /** @param {string} upload */
  async #mediaOf(upload) {
    const found = [];
    /** @type {string | undefined} */
    let after;
    do {
      const page = await this.#backend.listMedia(upload, after);
      found.push(...page.items);
      // A back end that repeats itself would be asked for ever.
      after = page.next === after ? undefined : page.next;
    } while (after);
    return found;
  }
}
