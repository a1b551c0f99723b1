/**
 * Private media open to who holds a grant: asks for one for each as it becomes ready, and again before it ends.
 *
 * The grant is a signed query string that goes after any address of the media. It is kept in this page only.
 */

import { grantAccess } from './api.js';

/** Seconds that a grant is asked for: an hour at the page. Whoever gets hold of an address has it no longer than that. */
const LASTS = 3_600;

/** Milliseconds before its end that a new one is asked for. */
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
    const wanted = item.view?.visibility === 'private' && item.view.state === 'ready';
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
 * The media with addresses that open: signed where they have to be, absent while there is no grant yet.
 *
 * @param {import('./library.js').Item} item
 */
export function opened({ view, access }) {
  if (!view?.urls || view.visibility !== 'private') return view;
  return { ...view, urls: access?.query ? signed(view.urls, access.query) : undefined };
}

/** Every address in it, however deep; what already has parameters gets more. */
function signed(urls, query) {
  if (typeof urls === 'string') return `${urls}${urls.includes('?') ? '&' : '?'}${query}`;
  if (Array.isArray(urls)) return urls.map((url) => signed(url, query));
  // A IIIF image is named by its base; what a viewer opens, and a signature goes behind, is its description.
  const whole = (name, url) => (name === 'iiif' ? `${url}/info.json` : url);
  return Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, signed(whole(name, url), query)]));
}
