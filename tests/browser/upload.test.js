/** Tests that files are uploaded from the page, judged, and delivered by the CDN. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { photo, storedPng } from './pictures.js';
import { card, choose, openDemo, pictureIn, stack } from './stage.js';

const isUpload = (url) => url.origin === new URL(stack.aws_endpoint).origin;

test('a photo becomes ready and is shown from the CDN, also after a reload', async (t) => {
  const page = await openDemo(t);
  const file = await photo(page, 'Ridge at dusk.jpg');
  await choose(page, file);
  const ready = await card(page, file.name, 'ready');
  const shown = await pictureIn(page, ready, 'img.delivered');
  assert.equal(new URL(shown.address).origin, stack.cdn);
  assert.deepEqual([shown.width, shown.height], [320, 240], 'a preset of the app, in pixels of the page');
  assert.match(shown.address, /\/thumb\/card\.auto$/);
  assert.match(await ready.locator('.card-facts').innerText(), /1200 × 800 · .* · JPEG/);

  await page.reload();
  await pictureIn(page, await card(page, file.name, 'ready'), 'img.delivered');
});

test('the details tell what happened and where it is delivered', async (t) => {
  const page = await openDemo(t);
  const file = await photo(page, 'Details.jpg');
  await choose(page, file);
  const ready = await card(page, file.name, 'ready');
  await ready.getByRole('button', { name: 'Details of' }).click();
  const dialog = page.getByRole('dialog', { name: file.name });
  await pictureIn(page, dialog, '.viewer img');
  const link = await dialog.getByRole('link', { name: '/original.jpg' }).getAttribute('href');
  assert.equal((await fetch(link)).status, 200);
  const events = await dialog.locator('.history-what').allInnerTexts();
  assert.deepEqual([events[0], events.at(-1)], ['Check started', 'Ready for delivery']);
});

test('a large file goes in parts, with progress', async (t) => {
  const page = await openDemo(t);
  const large = storedPng('large.png', 2600, 2400);
  assert.ok(large.buffer.length >= 16_000_000);
  const parts = new Set();
  page.on('request', (request) => {
    const part = new URL(request.url()).searchParams.get('partNumber');
    if (part) parts.add(part);
  });
  await page.evaluate(() => {
    window.seen = [];
    new MutationObserver((changes) => window.seen.push(...changes.map(({ target }) => target.value)))
      .observe(document.body, { subtree: true, attributeFilter: ['value'] });
  });
  await choose(page, large);
  await card(page, large.name, 'ready');
  assert.deepEqual([...parts].sort(), ['1', '2', '3']);
  const between = (await page.evaluate(() => window.seen)).filter((sent) => sent > 0 && sent < large.buffer.length);
  assert.ok(between.length > 0, 'the progress bar moved');
});

test('a fault of the network is tried again without anybody asking', async (t) => {
  const page = await openDemo(t);
  let faults = 0;
  await page.route(isUpload, async (route) => {
    faults += 1;
    if (faults === 1) await route.abort('connectionreset');
    else if (faults === 2) await route.fulfill({ status: 503, headers: { 'access-control-allow-origin': '*' }, body: '<Error><Code>SlowDown</Code></Error>' });
    else await route.continue();
  });
  const file = await photo(page, 'faults.jpg');
  await choose(page, file);
  await card(page, file.name, 'ready');
  assert.ok(faults >= 3);
});

test('an upload can be cancelled and taken up again', async (t) => {
  const page = await openDemo(t);
  await page.route(isUpload, () => {});
  const file = await photo(page, 'second thoughts.jpg');
  await choose(page, file);
  const sending = await card(page, file.name, 'sending');
  await sending.getByRole('button', { name: 'Cancel upload of' }).click();
  const cancelled = await card(page, file.name, 'cancelled');
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await cancelled.getByRole('button', { name: 'Try again' }).click();
  await card(page, file.name, 'ready');
});

test('many files at once, two of one name and one of a strange name', async (t) => {
  const page = await openDemo(t);
  const strange = 'a b+c&d=e#f?%2F "q" \u202Egnp.é 🏞.jpg';
  const files = await Promise.all([...Array(8).keys()].map((seed) => photo(page, `${seed}.jpg`, seed)));
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    const bytes = (data) => Uint8Array.from(data);
    window.drop = (named) => {
      for (const [called, data] of named) transfer.items.add(new File([bytes(data)], called, { type: 'image/jpeg' }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    };
  });
  const named = files.map(({ name, buffer }) => [name, [...buffer]]);
  named[6][0] = 'same.jpg';
  named[7][0] = 'same.jpg';
  named[0][0] = strange;
  await page.evaluate((dropped) => window.drop(dropped), named);
  await page.waitForFunction(() => document.querySelectorAll('.card[data-state="ready"]').length === 8);
  const names = await page.locator('.card-name').evaluateAll((shown) => shown.map((heading) => heading.textContent));
  // The character that reverses the following text has been removed.
  assert.ok(names.includes(strange.replace('\u202E', '')), JSON.stringify(names));
});

test('a pasted picture goes up under a name of its own', async (t) => {
  const page = await openDemo(t);
  const { buffer } = await photo(page, 'image.png');
  await page.evaluate((data) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([Uint8Array.from(data)], 'image.png', { type: 'image/png' }));
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, [...buffer]);
  await page.waitForFunction(() => document.querySelector('.card[data-state="ready"]'));
  assert.match(await page.locator('.card-name').innerText(), /^Pasted at \d\d\.\d\d\.\d\d\.png$/);
});
