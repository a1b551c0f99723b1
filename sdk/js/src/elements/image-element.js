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
  #drawn = '';
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
    const preset = this.getAttribute('preset');
    const query = this.getAttribute('query') ?? undefined;
    const wanted = media && (preset ? ofPreset(media, preset, query) : ofWidths(media, this.getAttribute('format'), query));
    const alt = this.getAttribute('alt') ?? media?.alt ?? '';
    const sizes = preset ? '' : this.getAttribute('sizes') ?? '100vw';
    const drawn = JSON.stringify([wanted, sizes, alt, this.getAttribute('loading')]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#frame?.replaceChildren();
    if (!wanted?.src) return;
    // Proportions keep the page from jumping; those of a preset are known only when it is there.
    const size = !preset && media?.width ? { width: media.width, height: media.height } : {};
    const loading = this.getAttribute('loading') ?? 'lazy';
    const picture = build('img', { part: 'image', alt, decoding: 'async', loading, ...size, sizes, ...wanted });
    const cover = placeholder(media);
    cover?.setAttribute('part', 'placeholder');
    this.#frame?.append(picture, ...(cover ? [cover] : []));
    picture.onload = picture.onerror = (event) => {
      cover?.remove();
      if (picture.isConnected) this.dispatchEvent(new Event(/** @type {Event} */ (event).type));
    };
  }
}

/**
 * @param {Media} media
 * @param {string} preset
 * @param {string} [query]
 */
function ofPreset(media, preset, query) {
  const [src = ''] = presetSrcset(media, preset, { densities: [1], query }).split(' ');
  return { src, srcset: '' };
}

/**
 * @param {Media} media
 * @param {string | null} format
 * @param {string} [query]
 */
function ofWidths(media, format, query) {
  const known = /** @type {const} */ (['webp', 'avif', 'jpg']).find((one) => one === format);
  return { src: source(media, { query }), srcset: srcset(media, { format: known, query }) };
}

/**
 * @param {string | null} json
 * @returns {Media | undefined}
 */
function parsed(json) {
  const media = tried(() => JSON.parse(json ?? 'null'));
  return typeof media === 'object' ? media ?? undefined : undefined;
}
