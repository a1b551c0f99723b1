/**
 * Verifies webhooks as the Standard Webhooks say: https://github.com/standard-webhooks/standard-webhooks
 *
 * A signature is HMAC-SHA256 over `{id}.{timestamp}.{body}`. Several may stand in one header while a secret is changed.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';

/** Seconds by which a timestamp may differ from now, so that a message cannot be sent again by somebody who saw it. */
const TOLERANCE = 5 * 60;

const PREFIX = 'whsec_';

/** A webhook that is not to be believed. Answer it with 400 or 401, and do nothing else. */
export class WebhookError extends Error {
  /**
   * @param {'missing_header' | 'bad_timestamp' | 'too_old' | 'too_new' | 'no_matching_signature'} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'WebhookError';
    this.code = code;
    this.status = 400;
  }
}

/**
 * Verifies a webhook and returns its event. Messages arrive at least once and in any order: the `id` is the same
 * for the same event, and of one `subject` the greater `sequence` came later.
 *
 * @param {string | Uint8Array} body as it was received: parsing and writing JSON changes it, and then nothing fits
 * @param {Headers | Record<string, string | string[] | undefined>} headers
 * @param {string | string[]} secrets one of them must fit
 * @param {{toleranceSeconds?: number, now?: Date}} [options]
 * @returns {any} the event; throws a {@link WebhookError}
 */
export function verifyWebhook(body, headers, secrets, { toleranceSeconds = TOLERANCE, now = new Date() } = {}) {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    throw new TypeError('Give the body as it was received, a text or bytes; in Express, by express.raw({ type: "*/*" }).');
  }
  if (!(toleranceSeconds >= 0 && toleranceSeconds < Infinity)) throw new TypeError('toleranceSeconds is a number of seconds.');
  const keys = [secrets].flat().map(keyOf);
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => header(headers, name));
  if (!id || !timestamp || !signatures) {
    throw new WebhookError('missing_header', 'One of the headers webhook-id, webhook-timestamp and webhook-signature is missing.');
  }
  // What is signed has dots between its parts.
  if (id.includes('.')) throw new WebhookError('no_matching_signature', 'The id of a webhook has no dot.');
  checkTime(timestamp, toleranceSeconds, now);
  const text = typeof body === 'string' ? Buffer.from(body) : body;
  const expected = keys.map((key) => createHmac('sha256', key).update(`${id}.${timestamp}.`).update(text).digest());
  const given = signatures.split(' ').flatMap((signature) => {
    const [version, value] = signature.split(',');
    return version === 'v1' && value ? [Buffer.from(value, 'base64')] : [];
  });
  const fits = given.some((one) => expected.some((other) => one.length === other.length && timingSafeEqual(one, other)));
  if (!fits) throw new WebhookError('no_matching_signature', 'No signature of the webhook fits.');
  return JSON.parse(Buffer.from(text).toString('utf8'));
}

/**
 * @param {string} timestamp
 * @param {number} tolerance
 * @param {Date} now
 */
function checkTime(timestamp, tolerance, now) {
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookError('bad_timestamp', 'webhook-timestamp is no number of seconds.');
  const age = Math.floor(now.getTime() / 1000) - Number(timestamp);
  if (age > tolerance) throw new WebhookError('too_old', 'The webhook was sent too long ago.');
  if (age < -tolerance) throw new WebhookError('too_new', 'The webhook comes from the future: look at the clock.');
}

/** @param {string} secret */
function keyOf(secret) {
  const text = typeof secret === 'string' && secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  // With an empty key, anybody could sign.
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]{8,}={0,2}$/.test(text)) throw new TypeError('The secret of a webhook begins with whsec_, followed by base64.');
  return Buffer.from(text, 'base64');
}

/**
 * @param {Headers | Record<string, string | string[] | undefined>} headers
 * @param {string} name in lower case
 */
function header(headers, name) {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return Array.isArray(found) ? found.join(' ') : found;
}
