/** Waiting, retrying, and limits on concurrency. */

const ATTEMPTS = 4;
const FIRST_PAUSE = 400;

/** Resolves after this many milliseconds; rejects at once when the signal is aborted. */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      clearTimeout(timer);
      reject(new DOMException('Cancelled', 'AbortError'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', aborted, { once: true });
  });
}

/** Resolves once the browser is online; rejects when the signal is aborted. */
export function online(signal) {
  if (navigator.onLine) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const settle = () => {
      window.removeEventListener('online', settle);
      signal?.removeEventListener('abort', settle);
      if (signal?.aborted) reject(new DOMException('Cancelled', 'AbortError'));
      else resolve();
    };
    window.addEventListener('online', settle);
    signal?.addEventListener('abort', settle, { once: true });
  });
}

/**
 * Retries transient failures (`error.passing`), doubling the pause each time, with jitter. While the browser is
 * offline it only waits, which uses up no attempt.
 */
export async function persist(act, signal) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (!navigator.onLine && error.passing) {
        await online(signal);
        attempt = 0;
        continue;
      }
      if (!error.passing || attempt === ATTEMPTS) throw error;
      await pause(FIRST_PAUSE * 2 ** attempt * (0.5 + Math.random() / 2), signal);
    }
  }
}

/** Lets this many tasks run at a time, in the order in which they came. */
export function gate(width) {
  const waiting = [];
  let inside = 0;
  const leave = () => {
    inside -= 1;
    waiting.shift()?.();
  };
  return async (act) => {
    if (inside >= width) await new Promise((resolve) => waiting.push(resolve));
    inside += 1;
    try {
      return await act();
    } finally {
      leave();
    }
  };
}
