/** Errors of the API, as problem documents (https://www.rfc-editor.org/rfc/rfc9457). */

/** @typedef {{code?: unknown, detail?: unknown, title?: unknown, message?: unknown, field?: unknown, status?: unknown, retry_after_seconds?: unknown}} Document */

/**
 * An answer that is an error, or no answer. `message` is a sentence that says what to change. As JSON it is the problem
 * document again, for a back end to hand on.
 */
export class Problem extends Error {
  /** @param {Document} [document] */
  constructor({ code, detail, title, message, field, status, retry_after_seconds: seconds } = {}) {
    // API Gateway's own errors have a `message` and nothing else.
    super([detail, title, message].find(isText) ?? 'The server gave no reason.');
    /** Stable, for programs: `quota_exceeded`. `offline` if there was no answer, `unknown` if it does not say. */
    this.code = isText(code) ? code : 'unknown';
    this.detail = this.message;
    /** The field that is wrong, such as `files[0].name`. */
    this.field = isText(field) ? field : undefined;
    /** The HTTP status; 0 if there was no answer. */
    this.status = typeof status === 'number' ? status : 0;
    /** After how many seconds asking again helps, if waiting does. */
    this.retry_after_seconds = typeof seconds === 'number' ? seconds : undefined;
  }
}

// Not a field of each, which would be in its JSON.
Problem.prototype.name = 'Problem';

/**
 * Reads the error of an answer, whatever its body is.
 *
 * @param {Response} answer
 * @returns {Promise<Problem>}
 */
export async function problemOf(answer) {
  /** @type {unknown} */
  const body = await answer.json().catch(() => null);
  return new Problem({ ...(typeof body === 'object' ? body : {}), status: answer.status });
}

/**
 * @param {unknown} value
 * @returns {value is string}
 */
function isText(value) {
  return typeof value === 'string' && value !== '';
}
