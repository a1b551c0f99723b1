/**
 * Draws the placeholder of a picture: a ThumbHash, which is the picture's lowest frequencies in about 25 bytes.
 * https://evanw.github.io/thumbhash/ says what the bits mean.
 */

import { element } from './element.js';

/** Pixels along the longer side of what is drawn; the browser enlarges it smoothly. */
const SIDE = 32;

/** Returns a canvas with the placeholder of a media's answer, or nothing if it has none. */
export function placeholder(view) {
  const hash = view?.placeholder?.thumbhash;
  if (!hash) return undefined;
  const bytes = Uint8Array.from(atob(hash), (character) => character.charCodeAt(0));
  const { width, height, pixels } = decode(bytes);
  const canvas = element('canvas', { width, height, class: 'placeholder' });
  canvas.getContext('2d').putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}

/** Takes numbers of a few bits from bytes, the lowest bit first. */
function reader(bytes) {
  let used = 0;
  return (bits) => {
    let value = 0;
    for (let bit = 0; bit < bits; bit += 1, used += 1) {
      value |= ((bytes[used >> 3] >> (used & 7)) & 1) << bit;
    }
    return value;
  };
}

/** The places in the triangle of frequencies that a channel has; the first one is its mean. */
function triangle(across, down) {
  const places = [];
  for (let y = 0; y < down; y += 1) {
    for (let x = 0; x * down < across * (down - y); x += 1) places.push([x, y]);
  }
  return places;
}

/** Returns the pixels: red, green, blue, alpha. */
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
  const sizes = [[Math.max(3, across), Math.max(3, down)], [3, 3], [3, 3], [5, 5]];
  const channels = means.map((mean, which) => triangle(...sizes[which]).map(([x, y], place) => (
    { x, y, share: place === 0 ? mean : (take(4) / 7.5 - 1) * scales[which] * 2 }
  )));

  const width = Math.max(1, Math.round(SIDE * Math.min(1, across / down)));
  const height = Math.max(1, Math.round(SIDE * Math.min(1, down / across)));
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let row = 0, at = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1, at += 4) {
      const [light, yellow, red, alpha = 1] = channels.map((channel) => channel.reduce((sum, { x, y, share }) => (
        sum + share * Math.cos((Math.PI / width) * (column + 0.5) * x) * Math.cos((Math.PI / height) * (row + 0.5) * y)
      ), 0));
      const blue = light - (2 / 3) * yellow;
      const reds = (3 * light - blue + red) / 2;
      pixels.set([reds, reds - red, blue, alpha].map((value) => 255 * Math.min(1, Math.max(0, value))), at);
    }
  }
  return { width, height, pixels };
}
