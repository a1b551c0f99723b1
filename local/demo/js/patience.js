/** Waiting, trying again, and not doing everything at once. */

const ATTEMPTS = 4;
const FIRST_PAUSE = 400;

/** Resolves after so many milliseconds; rejects at once when the signal comes. */
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

/** Resolves once the browser has a network; rejects when the signal comes. */
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
 * Tries again what fails in passing (`error.passing`), each time after twice as long, with jitter. Without a network nothing is
 * tried: that takes no attempt away.
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

/** A gate that lets so many through at a time, in the order they came. */
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
