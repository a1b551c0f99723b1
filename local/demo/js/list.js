/** The list of files, newest first, and its summary line. */

import { standing } from '/sdk/browser/index.js';
import { Card } from './card.js';
import { count } from './format.js';
import { setText } from './element.js';

export class List {
  #cards = new Map();
  #uploads;
  #nodes;

  /**
   * @param {import('/sdk/browser/uploads.js').Uploads} uploads
   * @param {{list: HTMLElement, empty: HTMLElement, summary: HTMLElement, heading: HTMLElement}} nodes
   * @param {object} acts what the cards' buttons do
   */
  constructor(uploads, nodes, acts) {
    this.#uploads = uploads;
    this.#nodes = nodes;
    uploads.addEventListener('added', ({ detail: { item } }) => {
      const card = new Card(item, acts);
      this.#cards.set(item.key, card);
      nodes.list.prepend(card.element);
      this.#sum();
    });
    uploads.addEventListener('changed', ({ detail: { item, before } }) => {
      this.#cards.get(item.key)?.update();
      if (standing(before).name !== standing(item).name) this.#sum();
    });
    uploads.addEventListener('removed', ({ detail: { item } }) => this.#drop(item));
    this.#sum();
  }

  focus(item) {
    this.#cards.get(item.key)?.focus();
  }

  /** Moves the focus to the card that takes the removed one's place, so that it is not lost. */
  #drop(item) {
    const card = this.#cards.get(item.key);
    if (!card) return;
    const neighbour = card.element.nextElementSibling ?? card.element.previousElementSibling;
    const held = card.element.contains(document.activeElement);
    this.#cards.delete(item.key);
    card.element.remove();
    if (held) {
      const next = [...this.#cards.values()].find((other) => other.element === neighbour);
      if (next) next.focus();
      else this.#nodes.heading.focus();
    }
    this.#sum();
  }

  #sum() {
    const items = this.#uploads.items();
    const of = (look) => items.filter((item) => standing(item).look === look).length;
    const parts = [[of('busy'), 'in progress'], [of('good'), 'ready'], [of('bad'), 'refused or failed']]
      .filter(([number]) => number > 0)
      .map(([number, words]) => `${number} ${words}`);
    const whole = items.length > 0 ? [count(items.length, 'file'), ...parts].join(' · ') : '';
    setText(this.#nodes.summary, whole);
    this.#nodes.empty.hidden = items.length > 0;
  }
}
