/**
 * Sends one request to S3 and reports progress: XMLHttpRequest reports the bytes sent so far, `fetch` does not.
 */

/** Milliseconds without a byte in either direction after which a connection counts as lost. */
const STALLED = 120_000;

/** S3 refused, or could not be reached. */
export class StorageError extends Error {
  /**
   * @param {string} message
   * @param {{status?: number, code?: string}} [what]
   */
  constructor(message, { status = 0, code = '' } = {}) {
    super(message);
    this.name = 'StorageError';
    /** HTTP status; 0 if there was no answer. */
    this.status = status;
    /** S3's code, such as `ExpiredToken`, or ''. */
    this.code = code;
    /** Whether the same request may succeed a little later. */
    this.passing = status === 0 || status === 408 || status === 429 || status >= 500;
  }
}

/**
 * @param {{method: string, url: string, headers?: Record<string, string>, body?: Blob | string, signal: AbortSignal,
 *   onSent?: (bytes: number) => void}} request
 * @returns {Promise<{text: string, etag: string}>}
 */
export function send({ method, url, headers = {}, body, signal, onSent }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    /** @type {ReturnType<typeof setTimeout>} */
    let timer;
    const abort = () => request.abort();
    /** @param {() => void} act */
    const settle = (act) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      act();
    };
    const lost = () => settle(() => reject(new StorageError('The connection to the upload bucket was lost.')));
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        request.onabort = lost;
        request.abort();
      }, STALLED);
    };
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      alive();
      onSent?.(event.loaded);
    };
    request.onprogress = alive;
    request.onload = () => settle(() => {
      const problem = problemIn(request.status, request.responseText);
      if (problem) reject(problem);
      else resolve({ text: request.responseText, etag: request.getResponseHeader('etag') ?? '' });
    });
    request.onerror = lost;
    request.onabort = () => settle(() => reject(signal.reason));
    signal.throwIfAborted();
    signal.addEventListener('abort', abort);
    alive();
    request.send(body);
  });
}

/**
 * Returns the text of the first element of a name in S3's answers, which are flat and short, or ''. Codes and ids have no
 * characters that XML escapes.
 *
 * @param {string} xml
 * @param {string} name
 */
export function xmlText(xml, name) {
  return new RegExp(`<${name}>([^<&]*)</${name}>`).exec(xml)?.[1] ?? '';
}

/**
 * Returns the error of an answer, if any. Completing a multipart upload can fail with 200, because S3 sends the status
 * before it knows the result. Only errors have a `Code`.
 *
 * @param {number} answered
 * @param {string} text
 */
function problemIn(answered, text) {
  const code = xmlText(text, 'Code');
  if (answered < 300 && !code) return null;
  const status = answered >= 300 ? answered : 500;
  const advice = code === 'ExpiredToken' || status === 403 ? ' The upload’s credentials may have expired.' : '';
  return new StorageError(`The upload bucket refused the request (${code || answered}).${advice}`, { status, code });
}
