/** Tests the web components of sdk/js, and its Express example, as a person uses them. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import axe from 'axe-core';
import { openGallery, row } from './gallery.js';
import { html, photo, storedPng } from './pictures.js';
import { choose, pictureIn, stack, statusOf } from './stage.js';

async function untilStatus(address, wanted) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await statusOf(address) === wanted) return;
    await setTimeout(300);
  }
  assert.fail(`${address} is never answered ${wanted}`);
}

/** Adds a photo to the gallery by its form. */
async function addToGallery(page, name, seed) {
  await choose(page, await photo(page, name, seed));
  await row(page, name, 'ready');
  await page.getByRole('button', { name: 'Add to the gallery' }).click();
  await page.getByRole('img').waitFor();
}

async function assertClean(page, state) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run());
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help} ${nodes.map(({ html: node }) => node).join(' ')}`);
  assert.deepEqual(found, [], state);
}

/** Keeps a file on the disk, so that a browser sees the same time at which it was changed when it is chosen again. */
function onDisk(t, { name, buffer }) {
  const directory = mkdtempSync(join(tmpdir(), 'file-'));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, name), buffer);
  return join(directory, name);
}

/** Holds the third part of an upload back; returns the numbers of the parts that arrive, and what lets the third one go. */
async function holdThirdPart(page) {
  const arrived = [];
  page.on('requestfinished', (request) => {
    const part = new URL(request.url()).searchParams.get('partNumber');
    if (part) arrived.push(part);
  });
  const isThird = (url) => url.searchParams.get('partNumber') === '3';
  await page.route(isThird, () => {});
  return { arrived, letGo: () => page.unroute(isThird) };
}

test('a picture is uploaded, shown in the size that is needed, and taken down', async (t) => {
  const page = await openGallery(t, { viewport: { width: 800, height: 900 } });
  // What is taken down cannot be uploaded again, so no other test may use this photo.
  await addToGallery(page, 'Sea "at" <dusk>.jpg', 17);
  const image = page.locator('dozo-image');
  const shown = await pictureIn(page, image, 'img');
  const address = new URL(shown.address);
  assert.equal(address.origin, stack.cdn);
  // 20 rem are 320 pixels: of 1200, 600, 300 and 150 the browser takes the smallest that is not smaller.
  assert.match(address.pathname, /\/iiif\/image\/full\/600,400\/0\/default\.webp$/);
  assert.equal(await image.locator('img').getAttribute('alt'), 'Sea "at" <dusk>.jpg');
  assert.equal(await image.locator('canvas').count(), 0, 'the placeholder went when the picture came');
  assert.equal(await page.locator('dozo-upload li').count(), 0, 'what the form took is not offered again');

  await page.getByRole('button', { name: 'Take down Sea' }).click();
  await image.waitFor({ state: 'detached' });
  await untilStatus(address.href, 404);
});

test('the placeholder is shown until the picture is there, and the page does not jump', async (t) => {
  const page = await openGallery(t);
  await page.route(/\/iiif\//, () => {});
  await addToGallery(page, 'Late.jpg', 2);
  const image = page.locator('dozo-image');
  await image.locator('canvas').waitFor();
  const box = await image.boundingBox();
  assert.ok(Math.abs(box.width / box.height - 1.5) < 0.02, JSON.stringify(box));
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/placeholder.png` });
  await page.unroute(/\/iiif\//);
  const preset = await page.evaluate(() => new Promise((resolve) => {
    const element = document.querySelector('dozo-image');
    element.addEventListener('load', () => resolve(element.shadowRoot.querySelector('img').currentSrc), { once: true });
    element.setAttribute('preset', 'card');
  }));
  assert.match(preset, /\/thumb\/card\.auto$/);
  assert.equal(await image.locator('canvas').count(), 0);
});

test('what is no media is no picture', async (t) => {
  const page = await openGallery(t);
  const shown = await page.evaluate(async () => {
    const texts = ['{', 'null', '5', '[]', '{"urls": 5}', '{"kind": "image", "width": -1, "height": 5, "urls": {"iiif": "x"}}'];
    const elements = texts.map((text) => {
      const element = document.createElement('dozo-image');
      element.setAttribute('media', text);
      document.body.append(element);
      return element;
    });
    await new Promise(requestAnimationFrame);
    return elements.map((element) => element.shadowRoot.querySelectorAll('img').length);
  });
  assert.deepEqual(shown, [0, 0, 0, 0, 0, 0]);
});

test('by keyboard alone, with every end told', async (t) => {
  const page = await openGallery(t);
  const chosen = page.waitForEvent('filechooser');
  const files = [await photo(page, 'keys.jpg'), html('page.jpg')];
  await page.keyboard.press('Tab');
  const outline = await page.locator('dozo-upload .button').evaluate((label) => getComputedStyle(label).outlineStyle);
  assert.equal(outline, 'solid', 'the focus is seen');
  await page.keyboard.press('Enter');
  await (await chosen).setFiles(files);
  await row(page, 'keys.jpg', 'ready');
  const rejected = await row(page, 'page.jpg', 'rejected');
  assert.match(await rejected.innerText(), /The file is an HTML page/);
  await page.locator('dozo-upload [role=status]').filter({ hasText: /page\.jpg: Rejected\. The file is an HTML page/ }).waitFor({ state: 'attached' });

  const focused = () => page.evaluate(() => document.activeElement.shadowRoot?.activeElement?.textContent ?? '');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Remove keys.jpg');
  await page.keyboard.press('Enter');
  await page.locator('dozo-upload li').filter({ hasText: 'keys.jpg' }).waitFor({ state: 'detached' });
  assert.equal(await focused(), 'Remove page.jpg', 'the focus is on the next file');
});

test('a large file is paused and goes on, and nothing is sent twice', async (t) => {
  const page = await openGallery(t);
  const { arrived, letGo } = await holdThirdPart(page);
  const large = storedPng('large.png', 2600, 2400);
  await choose(page, large);
  const sending = await row(page, large.name, 'sending');
  await sending.getByText(/Uploading, (8|9)\d%/).waitFor();
  await sending.getByRole('button', { name: 'Pause large.png' }).click();
  const paused = await row(page, large.name, 'paused');
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/paused.png` });
  await letGo();
  await paused.getByRole('button', { name: 'Resume large.png' }).click();
  await row(page, large.name, 'ready');
  assert.deepEqual([...arrived].sort(), ['1', '2', '3']);
});

test('after a reload the same file goes on where it stopped', async (t) => {
  const page = await openGallery(t);
  const { arrived, letGo } = await holdThirdPart(page);
  const file = onDisk(t, storedPng('reload.png', 2600, 2400));
  await page.getByLabel('Choose files').setInputFiles(file);
  await (await row(page, 'reload.png', 'sending')).getByText(/Uploading, (8|9)\d%/).waitFor();
  await page.reload();
  const stopped = await row(page, 'reload.png', 'interrupted');
  assert.match(await stopped.innerText(), /Choose the file again, and it goes on where it stopped/);
  await letGo();
  await page.getByLabel('Choose files').setInputFiles(file);
  await row(page, 'reload.png', 'ready');
  assert.equal(await page.locator('dozo-upload li').count(), 1);
  assert.deepEqual([...arrived].sort(), ['1', '2', '3']);
  const kept = await page.evaluate(() => Object.values(sessionStorage).filter((text) => text.includes('Secret')).length);
  assert.equal(kept, 0, 'the credentials are forgotten');
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing, ${colorScheme}`, async (t) => {
    const page = await openGallery(t, { colorScheme, viewport: { width: 500, height: 900 } });
    await assertClean(page, 'empty');
    await choose(page, await photo(page, 'ready.jpg'), html('rejected.jpg'));
    await row(page, 'ready.jpg', 'ready');
    await row(page, 'rejected.jpg', 'rejected');
    await page.route((url) => url.origin === stack.aws_endpoint, () => {});
    await choose(page, await photo(page, 'sending.jpg', 2));
    await row(page, 'sending.jpg', 'sending');
    await assertClean(page, 'ready, rejected, sending');
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/elements-${colorScheme}.png`, fullPage: true });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, 'nothing is wider than the window');
  });
}
