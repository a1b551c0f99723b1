/**
 * Calls the app's own back end, which calls Dozo: the app's key stays there. It has these routes, which answer what the
 * API answers, errors included:
 *
 *     POST {base}/uploads                       the body {files, visibility?, duration_seconds?} → upload credentials
 *     GET  {base}/uploads/{upload}/media?after= → {items, next?}
 *     POST {base}/media/{media}/grants          the body {expires_in, as} → a grant; only if media are private
 */

import { Problem, problemOf } from '../problem.js';

/** @typedef {import('../types.js').UploadWish} UploadWish */
/** @typedef {import('../types.js').AccessWish} AccessWish */

export class Backend {
  #base;
  #headers;

  /**
   * @param {string} [base] address of the routes, without a slash at the end
   * @param {{headers?: () => Record<string, string> | Promise<Record<string, string>>}} [options] `headers` of each request,
   *   such as a token against forged requests
   */
  constructor(base = '/api', { headers } = {}) {
    this.#base = base;
    this.#headers = headers;
  }

  /**
   * @param {UploadWish} wish
   * @returns {Promise<import('../types.js').UploadGrant>}
   */
  startUpload(wish) {
    return this.ask('POST', '/uploads', wish);
  }

  /**
   * Returns a page of the media of one upload that Dozo knows so far.
   *
   * @param {string} upload
   * @param {string} [after]
   * @returns {Promise<import('../types.js').MediaPage>}
   */
  listMedia(upload, after) {
    return this.ask('GET', `/uploads/${encodeURIComponent(upload)}/media${after ? `?after=${encodeURIComponent(after)}` : ''}`);
  }

  /**
   * @param {string} media
   * @param {AccessWish} wish
   * @returns {Promise<import('../types.js').AccessGrant>}
   */
  grantAccess(media, wish) {
    return this.ask('POST', `/media/${encodeURIComponent(media)}/grants`, wish);
  }

  /**
   * Sends a request; a text is sent as it is, everything else as JSON.
   *
   * @param {string} method
   * @param {string} path behind the base
   * @param {unknown} [body]
   * @param {string} [contentType]
   * @returns {Promise<any>} the answer; throws a {@link Problem}
   */
  async ask(method, path, body, contentType = 'application/json') {
    const headers = { ...await this.#headers?.(), ...(body !== undefined && { 'content-type': contentType }) };
    const written = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    let answer;
    try {
      answer = await fetch(this.#base + path, { method, headers, body: written });
    } catch {
      throw new Problem({ code: 'offline', detail: 'The server does not answer.' });
    }
    if (!answer.ok) throw await problemOf(answer);
    return answer.json().catch(() => {
      throw new Problem({ status: answer.status });
    });
  }
}
