/** Tests the page beyond one file in one tab: other tabs, no network, long pages, strangers' names. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { document as pdf } from './documents.js';
import { photo, storedPng } from './pictures.js';
import { card, choose, openDemo, pictureIn } from './stage.js';

const openDetails = async (page, name) => {
  await (await card(page, name, 'ready')).getByRole('button', { name: 'Details of' }).click();
  return page.getByRole('dialog', { name });
};

test('two tabs show the same files, and neither loses one', async (t) => {
  const first = await openDemo(t);
  const second = await first.context().newPage();
  await second.goto('/');
  await choose(first, await photo(first, 'From the first.jpg', 1));
  await choose(second, await photo(second, 'From the second.jpg', 2));
  for (const page of [first, second]) {
    await card(page, 'From the first.jpg', 'ready');
    await card(page, 'From the second.jpg', 'ready');
  }
  await second.reload();
  await card(second, 'From the first.jpg', 'ready');
  await card(second, 'From the second.jpg', 'ready');
  // A file removed in one tab disappears in the other too, and does not come back.
  const removed = await card(first, 'From the second.jpg', 'ready');
  await removed.getByRole('button', { name: 'Remove from list' }).click();
  await second.getByRole('heading', { name: 'From the second.jpg' }).waitFor({ state: 'detached' });
  await first.reload();
  await card(first, 'From the first.jpg', 'ready');
  assert.equal(await first.getByRole('heading', { name: 'From the second.jpg' }).count(), 0);
});

test('a file that another tab sends is said to be on its way, and interrupted once that tab is closed', async (t) => {
  const watching = await openDemo(t);
  const sending = await watching.context().newPage();
  // No request to the bucket arrives.
  await sending.route((url) => url.searchParams.has('X-Amz-Signature'), () => {});
  await sending.goto('/');
  await choose(sending, await photo(sending, 'Slow.jpg', 3));
  await card(watching, 'Slow.jpg', 'elsewhere');
  await sending.close();
  await card(watching, 'Slow.jpg', 'interrupted');
});

test('without a network an upload waits, and goes on with the parts that are there', async (t) => {
  const page = await openDemo(t);
  const context = page.context();
  const large = storedPng('offline.png', 2600, 2400);
  const sent = [];
  page.on('requestfinished', (request) => {
    const part = new URL(request.url()).searchParams.get('partNumber');
    if (part) sent.push(part);
  });
  // The last part fails once for lack of a network.
  let cut = false;
  await page.route((url) => url.searchParams.get('partNumber') === '3', async (route) => {
    if (cut) {
      await route.continue();
      return;
    }
    cut = true;
    await context.setOffline(true);
    await route.abort('internetdisconnected');
  });
  await choose(page, large);
  const waiting = await card(page, large.name, 'sending');
  await waiting.getByText('Waiting for the network').waitFor();
  await context.setOffline(false);
  await card(page, large.name, 'ready');
  assert.deepEqual([...sent].sort(), ['1', '2', '3'], 'each part arrived once');
});

test('the details open at their top, with what a page needs to show the picture', async (t) => {
  const page = await openDemo(t, { viewport: { width: 900, height: 500 } });
  const file = await photo(page, 'Top & "more".jpg');
  await choose(page, file);
  const dialog = await openDetails(page, file.name);
  await pictureIn(page, dialog, '.viewer img');
  assert.equal(await dialog.evaluate((open) => open.scrollTop), 0);
  assert.equal(await dialog.evaluate(() => document.activeElement.id), 'details-title');
  const code = await dialog.getByRole('region', { name: 'Code for a page' }).innerText();
  const made = await page.evaluate((html) => {
    const { body } = new DOMParser().parseFromString(html, 'text/html');
    const [picture] = body.children;
    return { count: body.children.length, name: picture.tagName, src: picture.src, alt: picture.alt };
  }, code);
  assert.deepEqual([made.count, made.name, made.alt], [1, 'IMG', file.name]);
  assert.equal((await fetch(made.src)).status, 200);
  const sizes = dialog.locator('section').filter({ has: page.getByRole('heading', { name: 'In the app’s sizes' }) });
  const preset = await sizes.getByRole('link').first().getAttribute('href');
  assert.equal((await fetch(preset)).status, 200);
});

test('a download is saved under the name of the file', async (t) => {
  const page = await openDemo(t);
  for (const kind of ['public', 'private']) {
    await page.getByLabel('Private').setChecked(kind === 'private');
    const file = await photo(page, `Grüße aus Köln, 2 & 3 (${kind}).jpg`, 5);
    await choose(page, file);
    const dialog = await openDetails(page, file.name);
    const link = dialog.getByRole('link', { name: 'Download', exact: true });
    const [saved] = await Promise.all([page.waitForEvent('download'), link.click()]);
    assert.equal(saved.suggestedFilename(), file.name);
    const original = await fetch((await link.getAttribute('href')).replace(/\/download\/[^?]*/, ''));
    assert.equal(original.status, 200);
    assert.ok((await readFile(await saved.path())).equals(Buffer.from(await original.arrayBuffer())), kind);
    await dialog.getByRole('button', { name: 'Close details' }).click();
  }
});

test('a signed address is shown in short and copied whole', async (t) => {
  const page = await openDemo(t, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByLabel('Private').check();
  const file = await photo(page, 'Signed.jpg', 4);
  await choose(page, file);
  const dialog = await openDetails(page, file.name);
  const link = dialog.getByRole('link', { name: /original\.jpg\?…$/ });
  await link.waitFor();
  const whole = await link.getAttribute('href');
  assert.match(whole, /Signature=/);
  await dialog.getByRole('button', { name: 'Copy address of original', exact: true }).click();
  await dialog.getByText('Copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), whole);
});

test('a picture that does not come says so, and comes when it is asked for again', async (t) => {
  const page = await openDemo(t);
  const file = await photo(page, 'Late.jpg', 5);
  let refuse = true;
  await page.route(/\/thumb\/large\./, (route) => (refuse ? route.abort() : route.continue()));
  await choose(page, file);
  const dialog = await openDetails(page, file.name);
  await dialog.getByText('could not be loaded').waitFor();
  refuse = false;
  await dialog.getByRole('button', { name: 'Try again' }).click();
  await pictureIn(page, dialog, '.viewer img');
  assert.equal(await dialog.getByText('could not be loaded').count(), 0);
});

test('names and moments are those of people', async (t) => {
  const page = await openDemo(t, { timezoneId: 'Europe/Vienna' });
  const file = await photo(page, 'cat-\u202egpj.exe.jpg', 6);
  await choose(page, file);
  // The character that reverses the following text has been removed.
  const dialog = await openDetails(page, 'cat-gpj.exe.jpg');
  assert.match(await dialog.getByText(/^Created/).locator('..').innerText(), /\d\d:\d\d:\d\d (CET|CEST|GMT\+\d)/);
  await dialog.getByRole('button', { name: 'Make it private' }).click();
  await dialog.getByRole('button', { name: 'Make it public' }).waitFor();
  const history = await dialog.locator('.history').innerText();
  assert.doesNotMatch(history, /arn:/);
  assert.match(history, /by \S+-app\b/);
});

test('the way in makes room once there are files, and takes them wherever the page is scrolled to', async (t) => {
  const page = await openDemo(t, { viewport: { width: 800, height: 600 } });
  const height = () => page.locator('#drop').evaluate((zone) => zone.getBoundingClientRect().height);
  const before = await height();
  await choose(page, await photo(page, 'Room.jpg', 7));
  await card(page, 'Room.jpg', 'ready');
  assert.ok(await height() < before / 1.5, `${await height()} of ${before} pixels`);
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['x'], 'x.txt'));
    document.dispatchEvent(new DragEvent('dragenter', { dataTransfer: transfer }));
  });
  const over = await page.evaluate(() => getComputedStyle(document.documentElement, '::after').position);
  assert.equal(over, 'fixed');
});

test('of a document the list shows the top of a page', async (t) => {
  const page = await openDemo(t);
  await choose(page, pdf('Report.pdf', 1));
  const ready = await card(page, 'Report.pdf', 'ready');
  const shown = await pictureIn(page, ready, 'img.delivered');
  assert.ok(shown.height > shown.width, 'the whole page is there');
  assert.equal(await ready.locator('img').evaluate((image) => getComputedStyle(image).objectPosition), '50% 0%');
});
