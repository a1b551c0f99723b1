/**
 * Shows everything about one media in a dialog: the media itself, its state and the reason, facts, URLs and history.
 * Follows the media's changes while it is open.
 */

import { standing } from '/sdk/browser/index.js';
import { opened } from './access.js';
import { element, fileName, icon, setText } from './element.js';
import { embedOf } from './embed.js';
import { bytes, moment } from './format.js';
import { history } from './history.js';
import { kindOf } from './kinds/index.js';
import { manage } from './manage.js';

export class Details {
  #dialog;
  #item;
  #shown;
  #act;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {(item: import('/sdk/types.js').Item, what: string, body?: object) => Promise<void>} act what an admin asks for
   */
  constructor(dialog, act) {
    this.#dialog = dialog;
    this.#act = act;
    this.title = element('h2', { id: 'details-title', tabindex: -1 });
    this.state = element('p', { class: 'card-state' });
    this.content = element('div', { class: 'details-content' });
    const close = element('button', { type: 'button', class: 'button button-round', 'aria-label': 'Close details',
      onclick: () => dialog.close() }, icon('close'));
    dialog.append(
      element('header', { class: 'details-head' }, element('div', {}, this.title, this.state), close),
      this.content);
    // A click beside the dialog, on the backdrop, has the dialog itself as its target.
    dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
    dialog.addEventListener('close', () => {
      this.#item = undefined;
      // Removing the content stops playback.
      this.content.replaceChildren();
    });
  }

  open(item) {
    this.#item = item;
    this.#shown = undefined;
    this.update(item);
    this.#dialog.showModal();
    // The browser focuses the first control and scrolls to it.
    this.title.focus({ preventScroll: true });
    this.#dialog.scrollTop = 0;
  }

  update(item) {
    const { view, access } = item;
    if (item !== this.#item || !view) return;
    const where = standing(item);
    setText(this.state, where.text);
    const state = `${view.updated_at} ${access?.expires_at ?? access?.problem}`;
    if (this.#shown === state) return;
    this.#shown = state;
    this.#dialog.dataset.look = where.look;
    this.title.replaceChildren(fileName(view.file_name ?? item.name));
    const held = this.content.contains(document.activeElement);
    this.content.replaceChildren(...sections(item, kindOf(item), where, this.#act));
    // The element that had the focus is gone.
    if (held) this.title.focus();
  }
}

function sections(item, kind, where, act) {
  const view = opened(item);
  return [
    view.urls ? kind.viewer(view) : null,
    where.reason ? element('p', { class: 'details-reason' }, where.reason, ' ', element('code', {}, where.code)) : null,
    view.urls?.download ? saving(view.urls.download) : null,
    view.urls ? addresses(view.urls) : null,
    view.urls?.thumbs ? presets(view.urls.thumbs) : null,
    view.urls ? embedding(view) : null,
    grant(item.access),
    facts(view, kind),
    manage(item, (what, body) => act(item, what, body)),
    part('What happened', history(view.history ?? [])),
    element('details', { class: 'answer' }, element('summary', {}, 'The API’s answer'),
      element('pre', { tabindex: 0, role: 'region', 'aria-label': 'The API’s answer' }, JSON.stringify(item.view, null, 2))),
  ].filter(Boolean);
}

function part(title, ...children) {
  return element('section', {}, element('h3', {}, title), ...children);
}

function facts(view, kind) {
  const rows = [
    ...kind.facts(view),
    ...(view.bytes ? [['Size', bytes(view.bytes)]] : []),
    ['Visibility', view.visibility],
    ...(view.suspension ? [['Suspended for', view.suspension.reason]] : []),
    ['Media', view.media],
    ...(view.sha256 ? [['SHA-256', view.sha256]] : []),
    ['Created', moment(view.created_at)],
  ];
  return part('Facts', element('dl', { class: 'facts' }, ...rows.map(([name, value]) => element('div', {},
    element('dt', {}, name), element('dd', {}, value)))));
}

/** Tells until when a private media's URLs work, or why they do not. */
function grant(access) {
  if (!access) return null;
  const text = access.problem ?? `These URLs open until ${moment(access.expires_at)}, and only with their signature.`;
  return element('p', { class: 'details-grant' }, text);
}

/** Offers to save the file under its own name. */
function saving(url) {
  return element('p', {}, element('a', { class: 'button', href: url }, icon('download'), 'Download'));
}

/** Lists URLs at the CDN by name; nested ones (pages, thumbnails) are shown by the kind's viewer, the download by its button. */
function addresses({ download: _button, ...urls }) {
  const rows = Object.entries(urls).filter(([, url]) => typeof url === 'string').map(([name, url]) => address(name, url));
  return part('Delivered at', ...rows);
}

/** Lists the sizes that the app has named. */
function presets(thumbs) {
  const rows = Object.entries(thumbs).map(([name, url]) => address(name, url));
  return rows.length > 0 ? part('In the app’s sizes', ...rows) : null;
}

function address(name, url) {
  return element('div', { class: 'address' },
    element('span', { class: 'address-name' }, name),
    element('a', { href: url, target: '_blank', rel: 'noopener', title: url }, shortened(url)),
    copying(url, `address of ${name}`));
}

/** Shortens a signed URL for display, because nobody reads its hundreds of characters; Copy copies all of it. */
function shortened(url) {
  const { search } = new URL(url);
  return search.includes('Signature=') ? `${url.slice(0, -search.length)}?…` : url;
}

/** Shows the HTML that a page needs to embed the media. */
function embedding(view) {
  const code = embedOf(view);
  if (!code) return null;
  return part('In a page', element('div', { class: 'embed' },
    element('pre', { tabindex: 0, role: 'region', 'aria-label': 'Code for a page' }, code), copying(code, 'code for a page')));
}

function copying(text, what) {
  const copy = element('button', { type: 'button', class: 'button', onclick: () => copyText(copy, text) }, 'Copy',
    element('span', { class: 'visually-hidden' }, ` ${what}`));
  return copy;
}

async function copyText(button, text) {
  const label = button.firstChild;
  await navigator.clipboard.writeText(text).then(() => {
    label.textContent = 'Copied';
  }, () => {
    label.textContent = 'Not allowed';
  });
  setTimeout(() => {
    label.textContent = 'Copy';
  }, 2000);
}
