/** Documents: shown page by page, each page as an image that the CDN delivers in the requested size. */

import { element, setText } from '../element.js';
import { format, plainName } from '../format.js';
import { Frame } from '../frame.js';

export const icon = 'file';

export function preview(view) {
  // Use the whole page: the card shows its top, but a preset of the card's size would show its middle.
  const { page, card } = view.urls?.thumbs ?? {};
  return page ?? card ?? '';
}

export function brief(view) {
  if (!view.pages) return '';
  return view.pages === 1 ? '1 page' : `${view.pages} pages`;
}

export function facts(view) {
  const found = [];
  if (view.pages) found.push(['Pages', String(view.pages)]);
  if (view.broken_pages) found.push(['Broken pages', view.broken_pages.join(', ')]);
  if (view.content_type) found.push(['Format', format(view.content_type)]);
  return found;
}

export function viewer(view) {
  return view.urls.thumbs?.large && view.pages ? new Pager(view).element : null;
}

/** Makes a page's URL from that of the first: `…/thumb/large/0001.auto`, with or without a signature. */
function addressOf(first, page) {
  return first.replace(/\/0001\.auto/, `/${String(page).padStart(4, '0')}.auto`);
}

class Pager {
  #view;
  #page = 1;

  constructor(view) {
    this.#view = view;
    this.frame = new Frame({ alt: '' });
    this.broken = element('p', { class: 'pager-broken' }, 'This page of the document is broken and cannot be shown.');
    this.where = element('output', { class: 'pager-where' });
    this.back = this.#turn('Previous page', '‹', -1);
    this.forth = this.#turn('Next page', '›', 1);
    this.element = element('section', { class: 'pager', 'aria-label': 'Pages', tabindex: 0 },
      element('div', { class: 'viewer pager-page' }, this.frame.element, this.broken),
      element('div', { class: 'pager-acts' }, this.back, this.where, this.forth));
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.#show(1);
  }

  #turn(label, sign, by) {
    return element('button', { type: 'button', class: 'button button-round', 'aria-label': label,
      onclick: () => this.#show(this.#page + by) }, sign);
  }

  #key(event) {
    const { pages } = this.#view;
    const to = { ArrowLeft: this.#page - 1, ArrowRight: this.#page + 1, Home: 1, End: pages }[event.key];
    if (!to) return;
    event.preventDefault();
    this.#show(to);
  }

  #show(page) {
    const { pages, broken_pages: broken = [], file_name: name, urls } = this.#view;
    this.#page = Math.min(Math.max(page, 1), pages);
    const isBroken = broken.includes(this.#page);
    this.broken.hidden = !isBroken;
    this.frame.element.hidden = isBroken;
    if (!isBroken) this.frame.show(addressOf(urls.thumbs.large, this.#page), `Page ${this.#page} of ${plainName(name)}`);
    setText(this.where, `Page ${this.#page} of ${pages}`);
    // Not `disabled`, because a focused button would lose the focus.
    this.back.setAttribute('aria-disabled', String(this.#page === 1));
    this.forth.setAttribute('aria-disabled', String(this.#page === pages));
  }
}
