/** Tests the admin functions of the demo page: take down, bring back, make private, erase, try again. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rewriteRecord } from './curl.js';
import { photo } from './pictures.js';
import { card, choose, openDemo, pictureIn, stack, statusOf } from './stage.js';

async function openDetails(page, name) {
  await page.getByRole('button', { name: `Details of ${name}` }).click();
  const dialog = page.getByRole('dialog', { name });
  await dialog.waitFor();
  return dialog;
}

async function close(page, dialog) {
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
}

test('suspended it is gone, restored it is back', async (t) => {
  const page = await openDemo(t);
  await choose(page, await photo(page, 'Sea.jpg', 8));
  const ready = await card(page, 'Sea.jpg', 'ready');
  await pictureIn(page, ready, 'img.delivered');
  const dialog = await openDetails(page, 'Sea.jpg');
  const address = await dialog.getByRole('link', { name: /original\.jpg/ }).first().getAttribute('href');
  assert.equal(await statusOf(address), 200);

  await dialog.getByLabel('Reason to suspend it').selectOption('legal');
  await dialog.getByRole('button', { name: 'Suspend, for' }).click();
  const restore = dialog.getByRole('button', { name: 'Restore' });
  await restore.waitFor();
  assert.equal(await statusOf(address), 404);
  assert.equal(await dialog.locator('.viewer').count(), 0);
  assert.match(await dialog.locator('.facts').innerText(), /Suspended for\s+legal/);
  assert.equal(await (await card(page, 'Sea.jpg', 'suspended')).locator('img').count(), 0, 'nothing of it is shown');
  assert.ok(await dialog.evaluate((open) => open.contains(document.activeElement)), 'the focus stays in the dialog');

  // A media under legal hold cannot be erased, and the page says so.
  await dialog.getByRole('button', { name: 'Delete for good …' }).click();
  await dialog.getByRole('button', { name: 'Yes, erase it everywhere' }).click();
  await dialog.getByRole('alert').filter({ hasText: /Before you delete the media/ }).waitFor();

  await restore.click();
  await dialog.getByRole('button', { name: 'Suspend, for' }).waitFor();
  assert.equal(await statusOf(address), 200);
  await close(page, dialog);
  await pictureIn(page, await card(page, 'Sea.jpg', 'ready'), 'img.delivered');
});

test('what is ordered elsewhere is shown without a touch', async (t) => {
  const page = await openDemo(t);
  await choose(page, await photo(page, 'Told.jpg', 23));
  const ready = await card(page, 'Told.jpg', 'ready');
  await pictureIn(page, ready, 'img.delivered');
  const dialog = await openDetails(page, 'Told.jpg');
  const address = await dialog.getByRole('link', { name: /original\.jpg/ }).first().getAttribute('href');
  await close(page, dialog);
  const media = new URL(address).pathname.split('/')[3];
  // As another admin: the page itself asks for nothing, and polls nothing that is settled.
  const ordered = await fetch(new URL(`/api/media/${media}/suspend`, stack.demo), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'other' }),
  });
  assert.equal(ordered.status, 202);
  await card(page, 'Told.jpg', 'suspended');
});

test('made private, then erased', async (t) => {
  const page = await openDemo(t);
  await choose(page, await photo(page, 'Hill.jpg', 2));
  await card(page, 'Hill.jpg', 'ready');
  const dialog = await openDetails(page, 'Hill.jpg');
  await dialog.getByRole('button', { name: 'Make it private' }).click();
  await dialog.getByRole('button', { name: 'Make it public' }).waitFor();
  await pictureIn(page, dialog, '.viewer img');
  const address = new URL(await dialog.getByRole('link', { name: /original\.jpg/ }).first().getAttribute('href'));
  assert.match(address.pathname, /^\/private\//);
  assert.equal(await statusOf(address), 200);

  // Cancel the deletion first, and confirm it the second time.
  const first = dialog.getByRole('button', { name: 'Delete for good …' });
  await first.click();
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  await first.click();
  await dialog.getByRole('button', { name: 'Yes, erase it everywhere' }).click();
  await card(page, 'Hill.jpg', 'deleted');
  assert.equal(await statusOf(address), 404);
});

test('what was given up is tried again', async (t) => {
  const page = await openDemo(t);
  await choose(page, await photo(page, 'Lake.jpg', 3));
  await card(page, 'Lake.jpg', 'ready');
  let dialog = await openDetails(page, 'Lake.jpg');
  const address = await dialog.getByRole('link', { name: /original\.jpg/ }).first().getAttribute('href');
  const [, , , media] = new URL(address).pathname.split('/');
  const failure = { stage: 'validate-upload', code: 'stage_crashed', message: 'By this test.', attempts: 5, message_id: '1' };
  rewriteRecord(media, { state: 'failed', last_error: failure });

  await page.reload();
  await card(page, 'Lake.jpg', 'failed');
  dialog = await openDetails(page, 'Lake.jpg');
  assert.match(await dialog.locator('.details-reason').innerText(), /stage_crashed/);
  await dialog.getByRole('button', { name: 'Try again' }).click();
  await dialog.getByText('Tried again').waitFor();
  await card(page, 'Lake.jpg', 'ready');
  assert.equal(await statusOf(address), 200);
});
