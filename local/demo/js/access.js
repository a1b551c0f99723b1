/**
 * Requests a grant for each private media when it becomes ready, and a new one before the old one expires.
 *
 * A grant is a signed query string that is appended to any of the media's URLs. It is kept in this page only.
 */

import { grantAccess } from './api.js';

/** Duration of a grant in seconds. Whoever obtains a URL can use it no longer than that. */
const LASTS = 3_600;

/** Milliseconds before a grant's end at which a new one is requested. */
const AHEAD = 5 * 60 * 1000;

export class Access {
  #library;
  #asked = new Map();

  /** @param {import('./library.js').Library} library */
  constructor(library) {
    this.#library = library;
    library.addEventListener('changed', ({ detail: { item } }) => this.#consider(item));
    library.addEventListener('removed', ({ detail: { item } }) => this.#forget(item));
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
      access = await grantAccess(item.view.media, { expires_in: LASTS, as: 'url' });
    } catch (problem) {
      access = { problem: problem.message };
    }
    if (!this.#asked.has(item.key)) return;
    if (access.expires_at) {
      const pause = Math.max(Date.parse(access.expires_at) - Date.now() - AHEAD, AHEAD);
      this.#asked.set(item.key, setTimeout(() => this.#ask(item), pause));
    }
    this.#library.change(item, { access });
  }

  #forget(item) {
    clearTimeout(this.#asked.get(item.key));
    this.#asked.delete(item.key);
    if (item.access) this.#library.change(item, { access: undefined });
  }
}

/**
 * Returns the media with usable URLs: signed if necessary, and absent while there is no grant yet.
 *
 * @param {import('./library.js').Item} item
 */
export function opened({ view, access }) {
  if (!view?.urls || view.visibility !== 'private') return view;
  return { ...view, urls: access?.query ? signed(view.urls, access.query) : undefined };
}

/** Appends the signature to every URL in the object, at any depth, also behind existing parameters. */
function signed(urls, query) {
  if (typeof urls === 'string') return `${urls}${urls.includes('?') ? '&' : '?'}${query}`;
  if (Array.isArray(urls)) return urls.map((url) => signed(url, query));
  // A IIIF image is named by its base URL; viewers open its info.json, which is where the signature belongs.
  const whole = (name, url) => (name === 'iiif' ? `${url}/info.json` : url);
  return Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, signed(whole(name, url), query)]));
}
