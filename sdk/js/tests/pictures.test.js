/** Addresses in several widths, signed ones, and placeholders against the reference package. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as reference from 'thumbhash';
import { presetSrcset, source, srcset, standing, withGrant } from 'dozo/browser';
import { bytesOf, decode } from '../src/browser/thumbhash.js';

const image = (width, height) => ({ kind: 'image', width, height, urls: { iiif: 'https://cdn/iiif/image' } });
const widths = (set) => set.split(', ').map((one) => Number(/ (\d+)w$/.exec(one)?.[1]));

test('the widths are those of info.json: the whole and its halves', () => {
  assert.equal(srcset(image(1601, 1201), { most: 900 }), [
    'https://cdn/iiif/image/full/101,76/0/default.webp 101w', 'https://cdn/iiif/image/full/201,151/0/default.webp 201w',
    'https://cdn/iiif/image/full/401,301/0/default.webp 401w', 'https://cdn/iiif/image/full/801,601/0/default.webp 801w',
  ].join(', '));
  assert.deepEqual(widths(srcset(image(40, 30))), [40], 'a small picture has its own');
  // What is beyond the limits of a side or of the area is left out.
  assert.deepEqual(widths(srcset(image(20_000, 1_000), { most: 99_999 })).at(-1), 5_000);
  assert.deepEqual(widths(srcset(image(8_000, 8_000), { most: 99_999 })).at(-1), 4_000);
  assert.equal(source(image(1601, 1201)), 'https://cdn/iiif/image/full/801,601/0/default.jpg');
});

test('what has no picture has no address', () => {
  for (const media of [{}, { kind: 'audio', urls: {} }, { ...image(0, 0) }, { kind: 'image', width: 5, height: 5 }, { ...image(-5, NaN) }]) {
    assert.equal(srcset(media), '');
    assert.equal(source(media), '');
    assert.equal(presetSrcset(media, 'card'), '');
  }
  const film = { kind: 'video', width: 640, height: 360, urls: { poster: 'https://cdn/poster.jpg' } };
  assert.match(srcset(film), /^https:\/\/cdn\/iiif\/poster\/full\/160,90\//);
});

test('grants stand behind every address', () => {
  const media = { urls: { original: 'https://cdn/o.jpg', iiif: 'https://cdn/i', thumbs: { card: 'https://cdn/card.auto' }, captions: { 1: 'https://cdn/1.vtt?x' } } };
  assert.deepEqual(withGrant(media, 'Policy=p').urls, {
    original: 'https://cdn/o.jpg?Policy=p', iiif: 'https://cdn/i/info.json?Policy=p', thumbs: { card: 'https://cdn/card.auto?Policy=p' },
    captions: { 1: 'https://cdn/1.vtt?x&Policy=p' },
  });
  assert.equal(presetSrcset(media, 'card', { query: 'Policy=p' }), 'https://cdn/card.auto?Policy=p 1x, https://cdn/card.2x.auto?Policy=p 2x');
  assert.match(srcset(image(50, 50), { query: 'Policy=p' }), /default\.webp\?Policy=p 50w$/);
  assert.deepEqual(withGrant({ state: 'failed' }, 'x'), { state: 'failed' });
});

test('placeholders are drawn as the reference package draws them', () => {
  for (const [width, height, alpha] of [[40, 30, false], [30, 40, false], [32, 32, true], [100, 20, true], [20, 100, false]]) {
    const pixels = new Uint8Array(width * height * 4);
    for (let at = 0; at < pixels.length; at += 4) {
      const [x, y] = [(at / 4) % width, Math.floor(at / 4 / width)];
      pixels.set([(x * 255) / width, (y * 255) / height, 255 - (x * 255) / width, alpha ? (y * 255) / height : 255], at);
    }
    const hash = reference.rgbaToThumbHash(width, height, pixels);
    const [ours, theirs] = [decode(hash), reference.thumbHashToRGBA(hash)];
    assert.deepEqual([ours.width, ours.height], [theirs.w, theirs.h]);
    ours.pixels.forEach((value, place) => assert.ok(Math.abs(value - theirs.rgba[place]) <= 1, `${width}x${height} at ${place}`));
    assert.deepEqual(bytesOf(Buffer.from(hash).toString('base64')), new Uint8Array(hash));
  }
});

test('a placeholder that is none is not drawn, and any bytes are drawn in bounds', () => {
  for (const hash of [undefined, null, 5, {}, '', 'AA==', '!', 'A'.repeat(5_000), '\u202e']) assert.equal(bytesOf(hash), undefined);
  for (let seed = 1; seed < 500; seed += 1) {
    const bytes = Uint8Array.from({ length: 5 + (seed % 30) }, (_, place) => Math.imul(seed * 31 + place, 2654435761) >>> 24);
    const { width, height, pixels } = decode(bytes);
    assert.ok(width >= 1 && width <= 32 && height >= 1 && height <= 32 && pixels.length === width * height * 4);
  }
});

test('every state has words, also one that is not known yet', () => {
  assert.equal(standing({ phase: 'sent', view: { state: 'ready' } }).text, 'Ready');
  assert.deepEqual(standing({ phase: 'sent', view: { state: 'dreaming' } }).look, 'quiet');
  assert.equal(standing({ phase: 'sent', view: { state: 'processing', kind: 'pdf', progress: { done: 3, total: 8 } } }).text, 'Processing: 3 of 8 pages');
  assert.match(standing({ phase: 'interrupted', ticket: {} }).reason, /goes on where it stopped/);
});
