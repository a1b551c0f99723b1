/**
 * A picture in a frame that shows its state: a grey shape while it loads, a message and a retry button if it fails.
 */

import { element } from './element.js';

export class Frame {
  /** @param {Record<string, unknown>} [properties] of the picture */
  constructor(properties = {}) {
    this.picture = element('img', { decoding: 'async', ...properties });
    const again = element('button', { type: 'button', class: 'button', onclick: () => this.#again() }, 'Try again');
    this.problem = element('p', { class: 'frame-problem', role: 'alert' });
    this.failed = element('div', { class: 'frame-failed' }, this.problem, again);
    this.element = element('div', { class: 'frame' }, this.picture, this.failed);
    this.picture.addEventListener('load', () => this.#stand('ready'));
    this.picture.addEventListener('error', () => this.#stand('failed'));
    this.#stand(properties.src ? 'loading' : 'ready');
  }

  /** Shows another picture. */
  show(address, alt) {
    this.picture.alt = alt;
    this.#stand('loading');
    this.picture.src = address;
  }

  /** Resets the address first, because otherwise a browser may not request it again. */
  #again() {
    const { src } = this.picture;
    this.picture.removeAttribute('src');
    this.#stand('loading');
    this.picture.src = src;
  }

  #stand(state) {
    this.element.dataset.frame = state;
    this.failed.hidden = state !== 'failed';
    // Set the message only when it applies, so that it is announced at that moment.
    this.problem.textContent = state === 'failed' ? 'This picture could not be loaded.' : '';
  }
}
