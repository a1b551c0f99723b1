/**
 * Tells screen readers what happened to the files. Waits a moment, so that twenty files that become ready together
 * are announced in one sentence.
 */

import { standing } from '/sdk/browser/index.js';
import { setText } from './element.js';
import { count, plainName } from './format.js';


const GATHER = 700;

/** A larger number of files is announced as a number, without names. */
const BY_NAME = 3;

export class Announcer {
  #region;
  #gathered = new Map();
  #timer;

  /** @param {HTMLElement} region with `role="status"` */
  constructor(region) {
    this.#region = region;
  }

  /** @param {import('/sdk/types.js').Item} item whose state has changed */
  tell(item) {
    this.#gathered.set(item.key, item);
    this.#timer ??= setTimeout(() => this.#speak(), GATHER);
  }

  say(sentence) {
    setText(this.#region, sentence);
  }

  #speak() {
    this.#timer = undefined;
    const told = [...this.#gathered.values()].map((item) => ({ item, where: standing(item) }));
    this.#gathered.clear();
    if (told.length <= BY_NAME) {
      this.say(told.map(({ item, where }) => `${plainName(item.name)}: ${where.text}. ${where.reason}`.trim()).join(' '));
      return;
    }
    const sums = new Map();
    for (const { where } of told) sums.set(where.text, (sums.get(where.text) ?? 0) + 1);
    this.say([...sums].map(([text, sum]) => `${count(sum, 'file')}: ${text}.`).join(' '));
  }
}
