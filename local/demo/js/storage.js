/**
 * Sends one request to S3 and reports progress: XMLHttpRequest reports the bytes sent so far, `fetch` does not.
 */

/** S3 refused, or could not be reached. */
export class StorageError extends Error {
  constructor(message, { status = 0, code = '' } = {}) {
    super(message);
    this.status = status;
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
    const abort = () => request.abort();
    const settle = (act, value) => {
      signal.removeEventListener('abort', abort);
      act(value);
    };
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (onSent) request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => {
      const problem = problemIn(request);
      if (problem) settle(reject, problem);
      else settle(resolve, { text: request.responseText, etag: request.getResponseHeader('etag') ?? '' });
    };
    request.onerror = () => settle(reject, new StorageError('The connection to the upload bucket was lost.'));
    request.onabort = () => settle(reject, new DOMException('Cancelled', 'AbortError'));
    if (signal.aborted) {
      settle(reject, new DOMException('Cancelled', 'AbortError'));
      return;
    }
    signal.addEventListener('abort', abort);
    request.send(body ?? null);
  });
}

/** Returns the text of one XML element in S3's answers, which are flat and short. */
export function xmlText(xml, name) {
  return new DOMParser().parseFromString(xml, 'application/xml').querySelector(name)?.textContent ?? '';
}

/**
 * Returns the error of an answer, if any. Completing a multipart upload can fail with 200, because S3 sends the status
 * before it knows the result.
 */
function problemIn(request) {
  const code = xmlText(request.responseText || '<x/>', 'Error > Code');
  if (request.status >= 200 && request.status < 300 && !code) return null;
  const status = request.status >= 300 ? request.status : 500;
  const advice = code === 'ExpiredToken' || status === 403 ? ' The upload’s credentials may have expired.' : '';
  return new StorageError(`The upload bucket refused the request (${code || request.status}).${advice}`, { status, code });
}
