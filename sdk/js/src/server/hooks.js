/**
 * The webhooks of an app: where its events are sent to. These calls need an admin's credentials.
 */

import { Problem } from '../problem.js';
import { pages } from './pages.js';

/** @typedef {import('../types.js').Webhook} Webhook */
/** @typedef {import('../types.js').Delivery} Delivery */
/** @typedef {import('../types.js').Resending} Resending */

/** @typedef {(method: string, path: string, options?: {query?: Record<string, string | undefined>, body?: unknown}) => Promise<any>} Call */

export class Webhooks {
  #call;
  #path;

  /**
   * @param {Call} call
   * @param {string} app
   */
  constructor(call, app) {
    this.#call = call;
    this.#path = `/admin/apps/${app}/webhooks`;
  }

  /**
   * Registers a webhook, or changes it. `secret` is in the answer only when the webhook is new. If that answer was lost on the
   * way, {@link rotate} gives another one.
   *
   * @param {string} name
   * @param {import('../types.js').WebhookWish} wish
   * @returns {Promise<Webhook>}
   */
  put(name, wish) {
    return this.#of('PUT', name, '', { body: wish });
  }

  /** @returns {Promise<Webhook[]>} */
  async list() {
    const { items } = await this.#call('GET', this.#path);
    return items;
  }

  /**
   * @param {string} name
   * @returns {Promise<Webhook>}
   */
  show(name) {
    return this.#of('GET', name);
  }

  /**
   * @param {string} name
   * @returns {Promise<Webhook>} as it was
   */
  remove(name) {
    return this.#of('DELETE', name);
  }

  /**
   * Makes another secret, which is in the answer. For a day messages are signed by the one before as well.
   *
   * @param {string} name
   * @returns {Promise<Webhook>}
   */
  rotate(name) {
    return this.#of('POST', name, '/rotate');
  }

  /**
   * Sends again to a webhook that was paused.
   *
   * @param {string} name
   * @returns {Promise<Webhook>}
   */
  resume(name) {
    return this.#of('POST', name, '/resume');
  }

  /**
   * Has an event of the type `webhook.ping` sent, once.
   *
   * @param {string} name
   * @returns {Promise<import('../types.js').Pinged>}
   */
  ping(name) {
    return this.#of('POST', name, '/ping');
  }

  /**
   * Lists what became of each event, the latest first, page after page as they are asked for.
   *
   * @param {string} name
   * @param {{after?: string}} [options]
   * @returns {AsyncGenerator<Delivery, void, void>}
   */
  deliveries(name, options = {}) {
    return pages((after) => this.#of('GET', name, '/deliveries', { query: { after } }), options.after);
  }

  /**
   * Has one event sent again.
   *
   * @param {string} name
   * @param {string} delivery
   * @returns {Promise<Resending>}
   */
  async resend(name, delivery) {
    if (typeof delivery !== 'string' || !/^[0-9a-z-]{1,80}$/.test(delivery)) {
      throw new Problem({ status: 404, code: 'unknown_delivery', detail: 'There is no delivery of this id.' });
    }
    return this.#of('POST', name, `/deliveries/${delivery}/resend`);
  }

  /**
   * Has all events sent again that happened since a time, or those that were not delivered.
   *
   * @param {string} name
   * @param {Date | string} since
   * @param {{undelivered?: boolean}} [options]
   * @returns {Promise<Resending>}
   */
  resendSince(name, since, { undelivered = false } = {}) {
    return this.#of('POST', name, '/resend', { body: { since: since instanceof Date ? since.toISOString() : since, undelivered } });
  }

  /**
   * @param {string} method
   * @param {string} name
   * @param {string} [rest]
   * @param {Parameters<Call>[2]} [options]
   */
  async #of(method, name, rest = '', options = {}) {
    if (typeof name !== 'string' || !/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
      throw new Problem({ status: 400, code: 'invalid_request', field: 'webhook', detail: 'Give 1 to 31 characters of a-z, 0-9 and -.' });
    }
    return this.#call(method, `${this.#path}/${name}${rest}`, options);
  }
}
