/**
 * One file in the list. It is built once and then changed in place, so that the focus stays where it is.
 */

import { placeholder, standing } from '/sdk/browser/index.js';
import { opened } from './access.js';
import { button, element, fileName, icon, setText } from './element.js';
import { bytes, format, plainName } from './format.js';
import { kindOf } from './kinds/index.js';

/** States in which nothing of a media is shown, although this page may still have it. */
const WITHDRAWN = ['suspending', 'suspended', 'deleting', 'deleted'];

/** Local pictures larger than this, in bytes, are not decoded for a preview. */
const PREVIEW_LIMIT = 20_000_000;

const LOOKS = { busy: 'clock', good: 'check', bad: 'alert', quiet: 'pause' };

const CANCELLABLE = ['asking', 'queued', 'sending', 'paused'];
const REPEATABLE = ['broken', 'cancelled'];

export class Card {
  #item;
  #shown = {};

  /**
   * @param {import('/sdk/types.js').Item} item
   * @param {{open: Function, pause: Function, cancel: Function, retry: Function, remove: Function}} acts
   */
  constructor(item, acts) {
    this.#item = item;
    const name = plainName(item.name);
    this.picture = element('div', { class: 'card-picture' }, icon(kindOf(item).icon));
    this.mark = element('span', { class: 'state-mark' });
    this.state = element('span', {});
    this.facts = element('p', { class: 'card-facts' });
    this.progress = element('progress', { 'aria-label': `Upload of ${name}`, max: Math.max(item.bytes, 1), value: 0 });
    this.reason = element('p', { class: 'card-reason' });
    this.code = element('code', { class: 'card-code' });
    this.details = button('Details', `of ${name}`, () => acts.open(item), { 'aria-haspopup': 'dialog' });
    this.pause = button('Pause', `upload of ${name}`, () => acts.pause(item));
    this.goOn = button('Resume', `upload of ${name}`, () => acts.retry(item));
    this.cancel = button('Cancel', `upload of ${name}`, () => acts.cancel(item));
    this.retry = button('Try again', `to upload ${name}`, () => acts.retry(item));
    this.remove = button('Remove from list', name, () => acts.remove(item), { class: 'button button-quiet' });
    // A click on the picture opens the details, too; with a keyboard, the button does.
    this.picture.addEventListener('click', () => item.view && acts.open(item));
    this.element = element('li', { class: 'card' },
      this.picture,
      element('div', { class: 'card-body' },
        element('h3', { class: 'card-name', title: name }, fileName(name)),
        element('p', { class: 'card-state' }, this.mark, this.state),
        this.progress, this.facts, this.reason, this.code,
        element('div', { class: 'card-acts' }, this.details, this.pause, this.goOn, this.cancel, this.retry, this.remove)));
    this.update();
  }

  update() {
    const item = this.#item;
    const where = standing(item);
    if (this.#shown.name !== where.name) {
      this.#shown.name = where.name;
      this.element.dataset.state = where.name;
      this.element.dataset.look = where.look;
      this.mark.replaceChildren(icon(LOOKS[where.look]));
    }
    if (item.view?.kind) this.element.dataset.kind = item.view.kind;
    const sending = where.name === 'sending' || where.name === 'paused';
    const part = Math.floor((item.sent / Math.max(item.bytes, 1)) * 100);
    setText(this.state, sending ? `${where.text}, ${part}%` : where.text);
    this.#progress(where.name);
    setText(this.facts, this.#facts(sending));
    this.#say(this.reason, where.reason);
    this.#say(this.code, where.code);
    this.#offer(where.name);
    this.#picture();
  }

  focus() {
    [this.details, this.retry, this.goOn, this.cancel, this.remove].find((offered) => !offered.hidden)?.focus();
  }

  #facts(sending) {
    const { bytes: whole, sent, view } = this.#item;
    if (sending) return `${bytes(sent)} of ${bytes(whole)}`;
    if (!view?.content_type) return bytes(whole);
    const size = [kindOf(this.#item).brief(view)].filter(Boolean);
    const closed = view.visibility === 'private' ? ['Private'] : [];
    const type = format(view.source_type ?? view.content_type);
    return [...size, bytes(view.bytes), type, ...closed].join(' · ');
  }

  /** Shows the progress of the upload, then of Dozo's processing, if it reports any. */
  #progress(name) {
    const { bytes: whole, sent, view } = this.#item;
    const file = plainName(this.#item.name);
    const made = name === 'processing' ? view.progress : undefined;
    this.progress.hidden = !made && !CANCELLABLE.includes(name);
    this.progress.max = made?.total ?? Math.max(whole, 1);
    this.progress.value = made?.done ?? sent;
    this.progress.setAttribute('aria-label', made ? `Progress of processing ${file}` : `Upload of ${file}`);
  }

  #say(node, text) {
    setText(node, text);
    node.hidden = !text;
  }

  #offer(name) {
    const offered = [
      [this.details, Boolean(this.#item.view)],
      // Pausing what is sent in one request would lose it.
      [this.pause, name === 'sending' && Boolean(this.#item.begun)],
      [this.goOn, name === 'paused'],
      [this.cancel, CANCELLABLE.includes(name)],
      [this.retry, REPEATABLE.includes(name) && Boolean(this.#item.file)],
      [this.remove, !CANCELLABLE.includes(name)],
    ];
    const lost = offered.some(([control, wanted]) => !wanted && control === document.activeElement);
    for (const [control, wanted] of offered) control.hidden = !wanted;
    if (lost) this.focus();
  }

  /** Shows the local file during the upload, then the placeholder, then the picture from the CDN; nothing if there is no picture. */
  #picture() {
    const { file } = this.#item;
    const view = opened(this.#item);
    const kind = kindOf(this.#item);
    if (WITHDRAWN.includes(this.#item.view?.state)) {
      this.#shown.source = '';
      this.picture.replaceChildren(icon(kind.icon));
      this.picture.classList.remove('filled');
      return;
    }
    const delivered = view ? kind.preview(view) : '';
    const local = !delivered && kind.icon === 'image' && file && file.size > 0 && file.size <= PREVIEW_LIMIT;
    const source = delivered || (local ? 'local' : this.#shown.source ?? '');
    if (source === this.#shown.source) return;
    this.#shown.source = source;
    const set = delivered ? kind.previewSet?.(view) ?? '' : '';
    if (delivered && !this.picture.classList.contains('filled')) {
      this.picture.replaceChildren(placeholder(view) ?? icon(kind.icon));
    }
    if (source) this.#load(delivered || URL.createObjectURL(file), set, Boolean(delivered));
  }

  /** Shows the picture once it is loaded, so that no broken or partial picture is seen. */
  #load(address, set, delivered) {
    const picture = element('img', { alt: '', decoding: 'async', class: delivered ? 'delivered' : 'local' });
    const done = () => delivered || URL.revokeObjectURL(address);
    picture.addEventListener('load', () => {
      done();
      this.picture.replaceChildren(picture);
      this.picture.classList.add('filled');
    });
    picture.addEventListener('error', done);
    picture.srcset = set;
    picture.src = address;
  }
}
