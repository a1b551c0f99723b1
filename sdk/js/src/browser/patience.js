/** Waiting, retrying, and limits on concurrency. */

const ATTEMPTS = 4;
const FIRST_PAUSE = 400;

/** The error of what was cancelled. */
export function cancelled() {
  return new DOMException('Cancelled', 'AbortError');
}

/** Whether the browser knows that there is no network. */
export function isOffline() {
  return globalThis.navigator?.onLine === false;
}

/**
 * Returns what a function returns, or nothing if it throws: browsers may refuse to store, and what is stored may be anything.
 *
 * @template T
 * @param {() => T} act
 */
export function tried(act) {
  try {
    return act();
  } catch {
    return undefined;
  }
}

/**
 * Resolves after this many milliseconds; rejects at once when the signal is aborted.
 *
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(cancelled());
      return;
    }
    const aborted = () => {
      clearTimeout(timer);
      reject(cancelled());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', aborted, { once: true });
  });
}

/**
 * Resolves once the browser is online; rejects when the signal is aborted.
 *
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function online(signal) {
  if (!isOffline()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const settle = () => {
      globalThis.removeEventListener('online', settle);
      signal?.removeEventListener('abort', settle);
      if (signal?.aborted) reject(cancelled());
      else resolve();
    };
    globalThis.addEventListener('online', settle);
    signal?.addEventListener('abort', settle, { once: true });
  });
}

/**
 * Retries transient failures (`error.passing`), doubling the pause each time, with jitter. While the browser is
 * offline it only waits, which uses up no attempt.
 *
 * @template T
 * @param {() => Promise<T>} act
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export async function persist(act, signal) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      const { passing } = /** @type {{passing?: boolean}} */ (error);
      if (isOffline() && passing) {
        await online(signal);
        attempt = 0;
        continue;
      }
      if (!passing || attempt === ATTEMPTS) throw error;
      await pause(FIRST_PAUSE * 2 ** attempt * (0.5 + Math.random() / 2), signal);
    }
  }
}

/**
 * Lets this many tasks run at a time, in the order in which they came.
 *
 * @param {number} width
 */
export function gate(width) {
  /** @type {(() => void)[]} */
  const waiting = [];
  let inside = 0;
  /**
   * @template T
   * @param {() => Promise<T>} act
   * @returns {Promise<T>}
   */
  return async (act) => {
    // Whoever leaves hands its place on, so that nobody who comes in between takes it.
    if (inside >= width) await new Promise((resolve) => waiting.push(() => resolve(undefined)));
    else inside += 1;
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else inside -= 1;
    }
  };
}
