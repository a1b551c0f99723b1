/** Waiting, retrying, and limits on concurrency. */

const ATTEMPTS = 4;
const FIRST_PAUSE = 400;

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
 * Resolves when what it starts calls back; rejects when the signal is aborted.
 *
 * @param {(callBack: () => void) => unknown} start
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
function unlessAborted(start, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => reject(signal?.reason);
    signal?.addEventListener('abort', stop);
    start(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
  });
}

/**
 * Resolves once the browser is online; rejects when the signal is aborted.
 *
 * @param {AbortSignal} [signal]
 */
export async function online(signal) {
  if (isOffline()) await unlessAborted((callBack) => globalThis.addEventListener('online', callBack, { once: true, signal }), signal);
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
      await unlessAborted((callBack) => setTimeout(callBack, FIRST_PAUSE * 2 ** attempt * (0.5 + Math.random() / 2)), signal);
    }
  }
}

/**
 * Lets this many tasks run at a time, in the order in which they came.
 *
 * @param {number} width
 */
export function gate(width) {
  /** @type {((value?: unknown) => void)[]} */
  const waiting = [];
  let inside = 0;
  /**
   * @template T
   * @param {() => Promise<T>} act
   * @returns {Promise<T>}
   */
  return async (act) => {
    // Whoever leaves hands its place on, so that nobody who comes in between takes it.
    if (inside >= width) await new Promise((resolve) => waiting.push(resolve));
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
