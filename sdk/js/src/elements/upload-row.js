/** One file in `<dozo-upload>`. It is built once and then changed in place, so that the focus stays where it is. */

import { UNDER_WAY } from '../browser/library.js';
import { standing } from '../browser/states.js';
import { build, setText } from './element.js';

/** @typedef {import('../types.js').Item} Item */
/** @typedef {import('./words.js').Words} Words */
/** @typedef {'pause' | 'resume' | 'cancel' | 'remove'} Act */

/** In which phases each button is there. */
const OFFERED = /** @type {Record<Act, import('../types.js').Phase[]>} */ ({
  pause: ['sending'],
  resume: ['paused', 'broken', 'cancelled'],
  cancel: UNDER_WAY,
  remove: ['sent', 'refused', 'broken', 'cancelled', 'interrupted', 'elsewhere', 'unknown'],
});

/**
 * A name for display: without control characters and without marks that change the direction of writing, which show
 * `gpj.exe` as `exe.jpg`. https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 *
 * @param {string} name
 */
export function plainName(name) {
  return name.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '');
}

export class Row {
  #item;
  #words;
  #state = build('p', { part: 'state' });
  #reason = build('p', { part: 'reason' });
  #progress = build('progress', { part: 'progress' });
  #buttons = /** @type {Map<Act, HTMLButtonElement>} */ (new Map());

  /**
   * @param {Item} item
   * @param {Words} words
   * @param {(act: Act, item: Item) => void} onAct
   */
  constructor(item, words, onAct) {
    this.#item = item;
    this.#words = words;
    const name = plainName(item.name);
    const acts = build('div', { class: 'acts' });
    for (const act of /** @type {Act[]} */ (Object.keys(OFFERED))) {
      // Its accessible name also says what it acts on.
      const button = build('button', { type: 'button', part: 'button' }, words[act], build('span', { class: 'hidden' }, ` ${name}`));
      button.addEventListener('click', () => onAct(act, item));
      this.#buttons.set(act, button);
      acts.append(button);
    }
    this.element = build('li', { part: 'file' },
      build('p', { part: 'name' }, build('bdi', {}, name)), this.#state, this.#progress, this.#reason, acts);
    this.update();
  }

  update() {
    const { bytes, sent, phase, view } = this.#item;
    const where = standing(this.#item);
    const text = this.#words.states[where.name] ?? where.text;
    const total = Math.max(bytes, 1);
    const isGoing = phase === 'sending' || phase === 'paused';
    Object.assign(this.element.dataset, { look: where.look, state: where.name });
    setText(this.#state, isGoing ? `${text}, ${Math.floor((100 * sent) / total)}%` : text);
    setText(this.#reason, where.reason);
    this.#reason.hidden = !where.reason;
    const made = phase === 'sent' ? view?.progress : undefined;
    this.#progress.hidden = !made && !isGoing;
    this.#progress.max = made?.total ?? total;
    this.#progress.value = made?.done ?? sent;
    this.#progress.setAttribute('aria-label', `${text}: ${plainName(this.#item.name)}`);
    this.#offer();
  }

  /** Moves the focus on when the button that has it goes away. */
  #offer() {
    const root = /** @type {ShadowRoot | Document} */ (this.element.getRootNode());
    const buttons = [...this.#buttons.values()];
    const focused = buttons.find((button) => button === root.activeElement);
    for (const [act, button] of this.#buttons) button.hidden = !this.#isOffered(act);
    if (focused?.hidden) buttons.find((button) => !button.hidden)?.focus();
  }

  /** @param {Act} act */
  #isOffered(act) {
    if (act === 'resume' && !this.#item.file) return false;
    return OFFERED[act].includes(this.#item.phase);
  }
}
