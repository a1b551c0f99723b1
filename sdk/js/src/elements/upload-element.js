/**
 * `<dozo-upload>`: takes files that are chosen or dropped, sends them, and shows how each one stands.
 *
 * In a form it has the ids of its ready media as values under its `name`: of the files that were given to it, though it lists
 * all files that the page knows.
 */

import { tried } from '../browser/patience.js';
import { standing } from '../browser/states.js';
import { Uploads } from '../browser/uploads.js';
import { Base, build, setText, shade } from './element.js';
import { CSS } from './upload-css.js';
import { plainName, Row } from './upload-row.js';
import { WORDS } from './words.js';

/** @typedef {import('../types.js').Item} Item */

/** Milliseconds that an announcement waits, so that twenty files that become ready together are told in one. */
const GATHER = 700;

export class DozoUpload extends Base {
  static formAssociated = true;
  static observedAttributes = ['accept', 'multiple', 'disabled'];

  /** Words instead of the English ones; set them before the element is connected. */
  words = /** @type {Partial<import('./words.js').Words>} */ ({});

  #internals = this.attachInternals?.();
  /** @type {Uploads | undefined} */
  #uploads;
  /** @type {AbortController | undefined} */
  #listening;
  #rows = /** @type {Map<Item, Row>} */ (new Map());
  #input = build('input', { type: 'file', part: 'input' });
  #zone = build('section', { part: 'zone' });
  #list = build('ul', { part: 'list' });
  #status = build('div', { class: 'hidden', role: 'status' });
  #told = /** @type {Set<Item>} */ (new Set());
  /** The keys of the files that this element took, also before a reload: all forms of the origin share one list of files. */
  #own = /** @type {Set<string>} */ (new Set());

  /** What sends the files. Set one before the element is connected to share it or to give it a back end of your own. */
  get uploads() {
    const { backend } = this;
    this.#uploads ??= new Uploads({ backend, store: this.getAttribute('store') ?? (this.hasAttribute('forget') ? null : undefined) });
    return this.#uploads;
  }

  set uploads(uploads) {
    this.#uploads = uploads;
    if (this.isConnected) this.#listen();
  }

  /** The address of the back end's routes. */
  get backend() {
    return this.getAttribute('backend') ?? undefined;
  }

  connectedCallback() {
    if (!this.shadowRoot) this.#build();
    this.#listen();
  }

  /** Uploads go on: the element may only be moved. */
  disconnectedCallback() {
    this.#listening?.abort();
  }

  attributeChangedCallback() {
    this.#input.accept = this.getAttribute('accept') ?? '';
    this.#input.multiple = this.hasAttribute('multiple');
    this.#input.disabled = this.hasAttribute('disabled');
  }

  get #words() {
    return { ...WORDS, ...this.words };
  }

  #build() {
    const { zone, drop, choose } = this.#words;
    this.#zone.setAttribute('aria-label', this.getAttribute('aria-label') ?? zone);
    this.#input.setAttribute('aria-label', choose);
    this.#zone.append(build('p', { part: 'hint' }, drop),
      build('div', { class: 'choose' }, this.#input, build('span', { class: 'button', part: 'choose', 'aria-hidden': 'true' }, choose)));
    this.#input.addEventListener('change', () => {
      this.#take([...this.#input.files ?? []]);
      // Allow the same file to be chosen again.
      this.#input.value = '';
    });
    this.#zone.addEventListener('dragover', (event) => this.#isOver(event, true));
    this.#zone.addEventListener('dragleave', (event) => this.#isOver(event, false));
    this.#zone.addEventListener('drop', (event) => {
      if (this.#isOver(event, false)) this.#take(filesOf(event.dataTransfer));
    });
    shade(this, CSS, this.#zone, this.#list, this.#status);
  }

  /**
   * @param {DragEvent} event
   * @param {boolean} over
   */
  #isOver(event, over) {
    if (this.#input.disabled || !event.dataTransfer?.types.includes('Files')) return false;
    event.preventDefault();
    this.#zone.classList.toggle('over', over);
    return true;
  }

  /** @param {File[]} files */
  #take(files) {
    const taken = this.#input.multiple ? files : files.slice(0, 1);
    const visibility = /** @type {const} */ (['public', 'private']).find((one) => one === this.getAttribute('visibility'));
    for (const { key } of this.uploads.add(taken, { visibility })) this.#own.add(key);
    this.#keep();
  }

  /** Under this name the tab keeps the keys. */
  get #place() {
    return `${this.getAttribute('store') ?? 'dozo.'}form.${location.href} ${this.getAttribute('name')}`;
  }

  #keep() {
    if (!this.hasAttribute('forget')) tried(() => sessionStorage.setItem(this.#place, [...this.#own].join()));
  }

  #listen() {
    this.#listening?.abort();
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.#rows.clear();
    this.#list.replaceChildren();
    const acts = { added: this.#add, changed: this.#change, removed: this.#drop };
    for (const [name, act] of Object.entries(acts)) {
      this.uploads.addEventListener(name, (event) => {
        const { item, before } = /** @type {CustomEvent<{item: Item, before: Item}>} */ (event).detail;
        act.call(this, item, before);
      }, { signal });
    }
    for (const item of this.uploads.items().reverse()) this.#add(item);
    tried(() => sessionStorage.getItem(this.#place))?.split(',').forEach((key) => this.#own.add(key));
    this.uploads.recall();
    this.#value();
    // What a form has taken is not offered to the next one. Its values are read before that.
    this.#internals?.form?.addEventListener('submit', (event) => setTimeout(() => {
      if (!event.defaultPrevented) this.#ready().forEach((item) => this.uploads.remove(item));
    }), { signal });
  }

  #ready() {
    return this.uploads.items().filter((item) => this.#own.has(item.key) && standing(item).name === 'ready').reverse();
  }

  /** @param {Item} item */
  #add(item) {
    const row = new Row(item, this.#words, (act) => this.uploads[act](item));
    this.#rows.set(item, row);
    this.#list.prepend(row.element);
  }

  /**
   * @param {Item} item
   * @param {Item} before
   */
  #change(item, before) {
    this.#rows.get(item)?.update();
    const now = standing(item);
    if (standing(before).name === now.name) return;
    this.#value();
    if (now.look === 'busy') return;
    this.#tell(item);
    this.dispatchEvent(new CustomEvent(now.name, { detail: { item, media: item.view }, bubbles: true, composed: true }));
  }

  /**
   * Moves the focus to the file that takes the removed one's place, so that it is not lost.
   *
   * @param {Item} item
   */
  #drop(item) {
    const row = this.#rows.get(item);
    if (!row) return;
    const { element } = row;
    const neighbour = element.nextElementSibling ?? element.previousElementSibling;
    const isHeld = element.contains(this.shadowRoot?.activeElement ?? null);
    element.remove();
    this.#rows.delete(item);
    if (this.#own.delete(item.key)) this.#keep();
    const next = /** @type {HTMLElement | null | undefined} */ (neighbour?.querySelector('button:not([hidden])'));
    if (isHeld) (next ?? this.#input).focus();
    this.#value();
  }

  #value() {
    const name = this.getAttribute('name');
    const data = new FormData();
    for (const { media } of this.#ready()) {
      if (name && media) data.append(name, media);
    }
    this.#internals?.setFormValue(data);
  }

  /** @param {Item} item */
  #tell(item) {
    this.#told.add(item);
    if (this.#told.size > 1) return;
    setTimeout(() => {
      const { states } = this.#words;
      const sentences = [...this.#told].map((one) => {
        const { name, text, reason } = standing(one);
        return `${plainName(one.name)}: ${states[name] ?? text}. ${reason}`.trim();
      });
      setText(this.#status, sentences.join(' '));
      this.#told.clear();
    }, GATHER);
  }
}

/**
 * Omits folders, which appear as files that cannot be read.
 *
 * @param {DataTransfer | null} transfer
 */
function filesOf(transfer) {
  return [...transfer?.items ?? []]
    .filter((item) => !item.webkitGetAsEntry?.()?.isDirectory)
    .flatMap((item) => item.getAsFile() ?? []);
}
