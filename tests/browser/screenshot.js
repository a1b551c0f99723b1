/**
 * Makes docs/demo.png: the demo page with a photo, a document and a film that were delivered, and a file that was refused.
 *
 * `make screenshot` runs it. It is no test (its name does not end in `.test.js`), but it waits as tests do: each file has
 * reached its end, and each picture has its pixels, before the page is drawn.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { statSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FFMPEG, clip } from './clips.js';
import { document } from './documents.js';
import { html } from './pictures.js';
import { card, choose, openDemo, pictureIn } from './stage.js';

const PICTURE = new URL('../../docs/demo.png', import.meta.url).pathname;

/** The most that the picture may have, in bytes: it is in the repository, and loads with the readme. */
const MOST_BYTES = 200_000;

/** Wide enough for four cards in a row. */
const PAGE = { viewport: { width: 1260, height: 900 }, colorScheme: 'light', reducedMotion: 'reduce' };

/** Colours in the picture: as many as a PNG with a palette has, which is a third of the size. */
const PALETTE = 'split[page][colours];[colours]palettegen[palette];[page][palette]paletteuse=dither=bayer:bayer_scale=5';

/** Hills before an evening sky, as a canvas of the browser draws and encodes them. */
async function landscape(page, name) {
  const bytes = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(1600, 1200);
    const pen = canvas.getContext('2d');
    const sky = pen.createLinearGradient(0, 0, 0, 900);
    sky.addColorStop(0, '#27406b');
    sky.addColorStop(0.6, '#e58f65');
    sky.addColorStop(1, '#ffe3ae');
    pen.fillStyle = sky;
    pen.fillRect(0, 0, 1600, 1200);
    pen.fillStyle = '#fff3d0';
    pen.beginPath();
    pen.arc(1080, 640, 90, 0, 2 * Math.PI);
    pen.fill();
    ['#7d6a86', '#544f74', '#2f3557', '#171d36'].forEach((colour, ridge) => {
      pen.fillStyle = colour;
      pen.beginPath();
      pen.moveTo(0, 1200);
      for (let x = 0; x <= 1600; x += 8) {
        const waves = 70 * Math.sin(x / (260 - 30 * ridge) + 2 * ridge) + 28 * Math.sin(x / 71 + 5 * ridge);
        pen.lineTo(x, 700 + 110 * ridge - waves);
      }
      pen.lineTo(1600, 1200);
      pen.fill();
    });
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
    return [...new Uint8Array(await blob.arrayBuffer())];
  });
  return { name, mimeType: 'image/jpeg', buffer: Buffer.from(bytes) };
}

test('the demo page is drawn for the readme', async (t) => {
  const page = await openDemo(t, PAGE);
  const refused = html('Invoice.jpg');
  const film = clip('Into the set.mp4',
    '-f lavfi -i mandelbrot=size=640x480:rate=25 -f lavfi -i sine=frequency=220 -t 4 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac');
  const manual = document('Manual.pdf', 12);
  const photo = await landscape(page, 'Ridge at dusk.jpg');

  // The list shows the newest first.
  await choose(page, refused, film, manual, photo);
  for (const file of [film, manual, photo]) {
    await pictureIn(page, await card(page, file.name, 'ready'), 'img.delivered');
  }
  await card(page, refused.name, 'rejected');

  const directory = mkdtempSync(join(tmpdir(), 'screenshot-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const drawn = join(directory, 'page.png');
  await page.screenshot({ path: drawn, fullPage: true, animations: 'disabled', caret: 'hide' });
  execFileSync(FFMPEG, ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', '-i', drawn, '-vf', PALETTE, '-frames:v', '1', PICTURE]);
  const { size } = statSync(PICTURE);
  assert.ok(size <= MOST_BYTES, `${PICTURE} has ${size} bytes, and may have ${MOST_BYTES}`);
  console.log(`${PICTURE}: ${size} bytes`);
});
