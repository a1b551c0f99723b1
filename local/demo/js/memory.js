/**
 * The browser's storage for files, shared by all tabs of the page.
 *
 * Each file is stored by itself. Tabs may run in several processes of the browser, which hear of each other's writes a
 * moment later; a list of all files, even one read just before, would undo what another tab wrote in that moment.
 */

const STORE = 'dozo.demo.files.';

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
      if (event.key !== null && !event.key.startsWith(STORE)) return;
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
    for (const { key, name, bytes, visibility, addedAt, phase, problem, upload, media } of items) {
      const kept = { key, name, bytes, visibility, addedAt, phase, problem, upload, media };
      try {
        localStorage.setItem(STORE + key, JSON.stringify(kept));
        this.#known.add(key);
      } catch {
        // The browser stores nothing: the page works until it is reloaded.
      }
    }
    for (const item of stored().slice(0, -MOST)) this.forget(item);
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
    this.#known.delete(key);
    try {
      localStorage.removeItem(STORE + key);
    } catch {
      // Nothing was stored.
    }
  }
}

function lock(key) {
  return `dozo.demo.file.${key}`;
}

/** Returns the files that are stored, oldest first. */
function stored() {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(STORE));
    return names.map(read).filter((item) => item !== null).sort((one, other) => one.addedAt - other.addedAt);
  } catch {
    return [];
  }
}

/** Returns the file that is stored under a name, or `null` if that is none. */
function read(name) {
  try {
    const item = JSON.parse(localStorage.getItem(name) ?? 'null');
    return STORE + item?.key === name && typeof item.name === 'string' && Number.isFinite(item.addedAt) ? item : null;
  } catch {
    return null;
  }
}
