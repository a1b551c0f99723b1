/** Tests that an unmodified IIIF viewer opens an image by its info.json and shows every pixel of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { build } from 'esbuild';
import { photo } from './pictures.js';
import { card, choose, openDemo, stack } from './stage.js';

test('OpenSeadragon zooms an image to its full resolution', async (t) => {
  // The demo page's policy would keep other people's scripts from calling the CDN; a viewer's own page has another one.
  const page = await openDemo(t, { bypassCSP: true });
  const file = await photo(page, 'Deep zoom.jpg');
  await choose(page, file);
  const ready = await card(page, file.name, 'ready');
  await ready.getByRole('button', { name: 'Details of' }).click();
  const dialog = page.getByRole('dialog', { name: file.name });
  const base = await dialog.getByRole('link', { name: '/iiif/image' }).getAttribute('href');
  await page.keyboard.press('Escape');

  const answers = [];
  page.on('response', (answer) => answer.url().startsWith(base) && answers.push(answer));
  const bundled = await build({
    entryPoints: [new URL('zoom-page.js', import.meta.url).pathname], bundle: true, write: false, format: 'iife',
    logLevel: 'error',
  });
  await page.evaluate(bundled.outputFiles[0].text);
  const size = await page.evaluate((info) => window.zoom(info), `${base}/info.json`);

  assert.deepEqual(size, { width: 1200, height: 800 });
  assert.deepEqual(answers.filter((answer) => answer.status() !== 200).map((answer) => answer.url()), []);
  const asked = answers.map((answer) => decodeURIComponent(answer.url()).slice(base.length + 1));
  assert.equal(asked[0], 'info.json');
  const tiles = asked.slice(1).map((request) => request.split('/').slice(0, 2));
  // At full resolution a tile is as large as its region; an overview of the whole image is smaller than its region.
  const sharp = tiles.filter(([region, wanted]) => region.split(',').slice(2).join() === wanted.replace(/,$/, `,${region.split(',')[3]}`));
  assert.ok(sharp.length >= 1, JSON.stringify(tiles));
  assert.ok(answers.every((answer) => new URL(answer.url()).origin === stack.cdn));
});
