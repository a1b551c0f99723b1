/**
 * The browser's storage for files, shared by all tabs of the page.
 *
 * A tab that wrote the whole list from its own memory would undo what others wrote in the meantime. So each change is
 * merged into the list stored at that moment; `localStorage` is synchronous, and a browser's tabs of one site take
 * turns using it.
 */

const STORE = 'dozo.demo.files';

/** Largest number of files; older ones are forgotten first. */
const MOST = 200;

export class Memory {
  /** The keys last read or written, to detect which ones another tab has removed. */
  #known = new Set();

  /** For each file that this tab holds, the function that releases it. */
  #held = new Map();

  /** @param {(kept: object[], gone: string[]) => void} onOthers told what another tab has written, and which keys it has removed */
  constructor(onOthers) {
    window.addEventListener('storage', (event) => {
      // `null` is a `clear()`.
      if (event.key !== STORE && event.key !== null) return;
      const before = this.#known;
      const kept = this.read();
      onOthers(kept, [...before].filter((key) => !this.#known.has(key)));
    });
  }

  /** Returns the files, oldest first. */
  read() {
    const kept = stored();
    this.#known = new Set(kept.map((item) => item.key));
    return kept;
  }

  /** @param {import('./library.js').Item[]} items that this tab has added or changed */
  write(items) {
    const kept = new Map(stored().map((item) => [item.key, item]));
    for (const { key, name, bytes, visibility, addedAt, phase, problem, upload, media } of items) {
      kept.set(key, { key, name, bytes, visibility, addedAt, phase, problem, upload, media });
    }
    this.#store([...kept.values()].slice(-MOST));
  }

  /**
   * Tells other tabs that this one is working on a file, until it is released or the tab is closed, which makes the
   * browser release the lock.
   */
  hold({ key }) {
    if (this.#held.has(key)) return;
    const letGo = new Promise((resolve) => this.#held.set(key, resolve));
    navigator.locks?.request(lock(key), () => letGo);
  }

  release({ key }) {
    this.#held.get(key)?.();
    this.#held.delete(key);
  }

  /** Calls back once no tab is working on a file. */
  whenLeft({ key }, callback) {
    if (!navigator.locks) setTimeout(callback);
    navigator.locks?.request(lock(key), () => callback());
  }

  forget({ key }) {
    this.#store(stored().filter((item) => item.key !== key));
  }

  #store(kept) {
    this.#known = new Set(kept.map((item) => item.key));
    try {
      localStorage.setItem(STORE, JSON.stringify(kept));
    } catch {
      // The browser stores nothing: the page works until it is reloaded.
    }
  }
}

function lock(key) {
  return `dozo.demo.file.${key}`;
}

function stored() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? '[]');
    return Array.isArray(kept) ? kept.filter((item) => typeof item?.key === 'string' && typeof item.name === 'string') : [];
  } catch {
    return [];
  }
}
