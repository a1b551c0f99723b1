/**
 * Draws the placeholder of a picture: a ThumbHash, which is the picture's lowest frequencies in about 25 bytes.
 * https://evanw.github.io/thumbhash/ says what the bits mean.
 */

import { tried } from './patience.js';

/** Pixels along the longer side of what is drawn; the browser enlarges it smoothly. */
const SIDE = 32;

/** The longest ThumbHash there is: with transparency, and as many frequencies as its format has. */
const MOST_BYTES = 64;

/**
 * Draws the placeholder of a media.
 *
 * @param {{placeholder?: {thumbhash: string}} | undefined} media as the API shows it
 * @returns {HTMLCanvasElement | undefined} nothing if it has none, or none that can be read
 */
export function placeholder(media) {
  const bytes = bytesOf(media?.placeholder?.thumbhash);
  if (!bytes) return undefined;
  const { width, height, pixels } = decode(bytes);
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height, className: 'placeholder' });
  canvas.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}

/**
 * Returns the bytes of a ThumbHash in base64, if it is one: it has a head of at least five bytes.
 *
 * @param {unknown} hash
 */
export function bytesOf(hash) {
  if (typeof hash !== 'string' || hash.length > 2 * MOST_BYTES) return undefined;
  const bytes = tried(() => Uint8Array.from(atob(hash), (character) => character.charCodeAt(0)));
  return bytes && bytes.length >= 5 && bytes.length <= MOST_BYTES ? bytes : undefined;
}

/**
 * Takes numbers of a few bits from bytes, the lowest bit first; there are zeros behind their end.
 *
 * @param {Uint8Array} bytes
 */
function reader(bytes) {
  let used = 0;
  return (/** @type {number} */ bits) => {
    let value = 0;
    for (let bit = 0; bit < bits; bit += 1, used += 1) {
      value |= (((bytes[used >> 3] ?? 0) >> (used & 7)) & 1) << bit;
    }
    return value;
  };
}

/**
 * The places in the triangle of frequencies that a channel has; the first one is its mean.
 *
 * @param {number} across
 * @param {number} down
 */
function triangle(across, down) {
  /** @type {[number, number][]} */
  const places = [];
  for (let y = 0; y < down; y += 1) {
    for (let x = 0; x * down < across * (down - y); x += 1) places.push([x, y]);
  }
  return places;
}

/**
 * Returns the pixels: red, green, blue, alpha.
 *
 * @param {Uint8Array} bytes
 */
export function decode(bytes) {
  const take = reader(bytes);
  const means = [take(6) / 63, take(6) / 31.5 - 1, take(6) / 31.5 - 1];
  const scales = [take(5) / 31];
  const hasAlpha = take(1) === 1;
  const shorter = take(3);
  // Rounding to few bits takes saturation, which is given back.
  scales.push((take(6) / 63) * 1.25, (take(6) / 63) * 1.25);
  const isWide = take(1) === 1;
  if (hasAlpha) {
    means.push(take(4) / 15);
    scales.push(take(4) / 15);
  }
  const longer = hasAlpha ? 5 : 7;
  const [across, down] = isWide ? [longer, shorter] : [shorter, longer];
  // Light has the most frequencies, the two colours have few, transparency has some.
  const places = [triangle(Math.max(3, across), Math.max(3, down)), triangle(3, 3), triangle(3, 3), triangle(5, 5)];
  const channels = means.map((mean, which) => (places[which] ?? []).map(([x, y], place) => (
    { x, y, share: place === 0 ? mean : (take(4) / 7.5 - 1) * (scales[which] ?? 0) * 2 }
  )));

  const width = Math.max(1, Math.round(SIDE * Math.min(1, across / down)));
  const height = Math.max(1, Math.round(SIDE * Math.min(1, down / across)));
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let row = 0, at = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1, at += 4) {
      const [light = 0, yellow = 0, red = 0, alpha = 1] = channels.map((channel) => channel.reduce((sum, { x, y, share }) => (
        sum + share * Math.cos((Math.PI / width) * (column + 0.5) * x) * Math.cos((Math.PI / height) * (row + 0.5) * y)
      ), 0));
      const blue = light - (2 / 3) * yellow;
      const reds = (3 * light - blue + red) / 2;
      // The array rounds, and clamps what is out of bounds.
      pixels.set([reds, reds - red, blue, alpha].map((value) => 255 * value), at);
    }
  }
  return { width, height, pixels };
}
