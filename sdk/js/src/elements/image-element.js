/**
 * `<dozo-image>`: a media's picture, in the size that the page needs, with its placeholder until it is there.
 */

import { tried } from '../browser/patience.js';
import { presetSrcset, source, srcset } from '../browser/pictures.js';
import { placeholder } from '../browser/thumbhash.js';
import { Base, build, shade } from './element.js';

/** @typedef {import('../types.js').Media} Media */

const CSS = `
:host{display:block;position:relative;overflow:clip;border-radius:var(--dozo-radius,0)}
:host([hidden]){display:none}
img{display:block;width:100%;height:auto;object-fit:var(--dozo-fit,cover)}
canvas{position:absolute;inset:0;width:100%;height:100%}
`;

export class DozoImage extends Base {
  static observedAttributes = ['media', 'sizes', 'alt', 'preset', 'format', 'query', 'loading'];

  /** @type {Media | undefined} */
  #media;
  /** @type {string | undefined} */
  #drawn;
  /** @type {HTMLElement | undefined} */
  #frame;

  /** The media, as the API shows it. As an attribute it is JSON. */
  get media() {
    return this.#media;
  }

  set media(media) {
    this.#media = media;
    this.#later();
  }

  connectedCallback() {
    if (!this.#frame) {
      this.#frame = build('div', { part: 'frame' });
      shade(this, CSS, this.#frame);
    }
    this.#later();
  }

  /**
   * @param {string} name
   * @param {string | null} _before
   * @param {string | null} now
   */
  attributeChangedCallback(name, _before, now) {
    if (name === 'media') this.#media = parsed(now);
    this.#later();
  }

  /** Several attributes that change together cause one change. */
  #later() {
    queueMicrotask(() => this.isConnected && this.#draw());
  }

  #draw() {
    const media = this.#media;
    const alt = this.getAttribute('alt') ?? media?.alt ?? '';
    const loading = this.getAttribute('loading') ?? 'lazy';
    const wanted = media && { part: 'image', alt, decoding: 'async', loading, ...this.#addressesOf(media) };
    const drawn = JSON.stringify(wanted);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#frame?.replaceChildren();
    if (!wanted?.src) return;
    const picture = build('img', wanted);
    const cover = placeholder(media);
    cover?.setAttribute('part', 'placeholder');
    this.#frame?.append(picture, cover ?? '');
    picture.onload = picture.onerror = (event) => {
      cover?.remove();
      if (picture.isConnected) this.dispatchEvent(new Event(/** @type {Event} */ (event).type));
    };
  }

  /**
   * Returns the attributes of the picture in the preset that is named, or in all widths.
   *
   * @param {Media} media
   * @returns {{src?: string, srcset?: string, sizes?: string, width?: number, height?: number}}
   */
  #addressesOf(media) {
    const preset = this.getAttribute('preset');
    const query = this.getAttribute('query') ?? undefined;
    if (preset) return { src: presetSrcset(media, preset, { densities: [1], query }).split(' ')[0] };
    const format = /** @type {const} */ (['webp', 'avif', 'jpg']).find((one) => one === this.getAttribute('format'));
    const { width, height } = media;
    // Proportions keep the page from jumping; those of a preset are known only when it is there.
    const size = width ? { width, height } : {};
    return { src: source(media, { query }), srcset: srcset(media, { format, query }), sizes: this.getAttribute('sizes') ?? '100vw', ...size };
  }
}

/**
 * @param {string | null} json
 * @returns {Media | undefined}
 */
function parsed(json) {
  const media = tried(() => JSON.parse(json ?? 'null'));
  return typeof media === 'object' ? media ?? undefined : undefined;
}
