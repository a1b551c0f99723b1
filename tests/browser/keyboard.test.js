/** Tests that everything works without a pointer, and that events are announced. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, photo } from './pictures.js';
import { card, openDemo } from './stage.js';

const focused = (page) => page.evaluate(() => {
  const at = document.activeElement;
  return at.labels?.[0]?.textContent.trim() ?? at.textContent.trim();
});

/** Presses Tab until the focus is on the named element, or fails after a number of stops. */
async function tabTo(page, name) {
  for (let stop = 0; stop < 40; stop += 1) {
    await page.keyboard.press('Tab');
    if (await focused(page) === name) return;
  }
  assert.fail(`Tab never reaches ${name}`);
}

test('upload, look at the details, and remove, by keyboard alone', async (t) => {
  const page = await openDemo(t);
  // Listen before any key is pressed: a key could overtake the message that starts the listening in the browser.
  const chosen = page.waitForEvent('filechooser');
  const files = [await photo(page, 'keys.jpg'), html('page.jpg')];
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'Skip to your files');
  await tabTo(page, 'Choose files');
  const outline = await page.locator('label[for="files"]').evaluate((label) => getComputedStyle(label).outlineStyle);
  assert.equal(outline, 'solid', 'the focus is seen on the button');
  await page.keyboard.press('Enter');
  await (await chosen).setFiles(files);
  await card(page, 'keys.jpg', 'ready');
  await card(page, 'page.jpg', 'rejected');

  await tabTo(page, 'Details of keys.jpg');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'keys.jpg' });
  await dialog.waitFor();
  assert.ok(await dialog.evaluate((open) => open.contains(document.activeElement)), 'the focus is in the dialog');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert.equal(await focused(page), 'Details of keys.jpg', 'the focus is back');

  await tabTo(page, 'Remove from list keys.jpg');
  await page.keyboard.press('Enter');
  assert.equal(await focused(page), 'Details of page.jpg', 'the focus is on the next file');
  await tabTo(page, 'Remove from list page.jpg');
  await page.keyboard.press('Enter');
  assert.equal(await focused(page), 'Your files');
});

test('a screen reader is told how each file ended, with the reason', async (t) => {
  const page = await openDemo(t);
  await page.getByLabel('Choose files').setInputFiles([html('page.jpg')]);
  const told = page.getByRole('status').filter({ hasText: /^page\.jpg: Rejected\. The file is an HTML page/ });
  await told.waitFor({ state: 'attached' });
});
