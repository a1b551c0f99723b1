/**
 * Requests a grant for each private media when it becomes ready, and a new one before the old one expires.
 *
 * A grant is a signed query string that is appended to any of the media's URLs. It is kept in this page only.
 */

import { withGrant } from '/sdk/browser/index.js';
import { backend } from './api.js';

/** Duration of a grant in seconds. Whoever obtains a URL can use it no longer than that. */
const LASTS = 3_600;

/** Milliseconds before a grant's end at which a new one is requested. */
const AHEAD = 5 * 60 * 1000;

export class Access {
  #uploads;
  #asked = new Map();

  /** @param {import('/sdk/browser/uploads.js').Uploads} uploads */
  constructor(uploads) {
    this.#uploads = uploads;
    uploads.addEventListener('changed', ({ detail: { item } }) => this.#consider(item));
    uploads.addEventListener('removed', ({ detail: { item } }) => this.#forget(item));
  }

  #consider(item) {
    const wanted = item.view?.visibility === 'private' && ['ready', 'updating'].includes(item.view.state);
    if (wanted && !this.#asked.has(item.key)) this.#ask(item);
    if (!wanted && item.view) this.#forget(item);
  }

  async #ask(item) {
    this.#asked.set(item.key, 0);
    let access;
    try {
      access = await backend.grantAccess(item.view.media, { expires_in: LASTS, as: 'url' });
    } catch (problem) {
      access = { problem: problem.message };
    }
    if (!this.#asked.has(item.key)) return;
    if (access.expires_at) {
      const pause = Math.max(Date.parse(access.expires_at) - Date.now() - AHEAD, AHEAD);
      this.#asked.set(item.key, setTimeout(() => this.#ask(item), pause));
    }
    this.#uploads.change(item, { access });
  }

  #forget(item) {
    clearTimeout(this.#asked.get(item.key));
    this.#asked.delete(item.key);
    if (item.access) this.#uploads.change(item, { access: undefined });
  }
}

/**
 * Returns the media with usable URLs: signed if necessary, and absent while there is no grant yet.
 *
 * @param {import('/sdk/types.js').Item} item
 */
export function opened({ view, access }) {
  if (!view?.urls || view.visibility !== 'private') return view;
  return access?.query ? withGrant(view, access.query) : { ...view, urls: undefined };
}
