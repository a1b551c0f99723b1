/** Tests PDFs on the demo page: their progress, and viewing them page by page. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { document } from './documents.js';
import { card, choose, openDemo, pictureIn } from './stage.js';

test('a document is shown while it is made, and paged through', async (t) => {
  const page = await openDemo(t);
  const file = document('Handbuch.pdf', 80);
  const seen = new Set();
  await page.exposeFunction('seen', (text) => seen.add(text));
  await page.evaluate(() => new MutationObserver(() => {
    for (const state of window.document.querySelectorAll('.card-state')) window.seen(state.textContent);
  }).observe(window.document.body, { subtree: true, childList: true, characterData: true }));
  await choose(page, file);
  const ready = await card(page, file.name, 'ready');
  const counted = [...seen].filter((text) => /^Processing: \d+ of 80 pages$/.test(text));
  assert.ok(counted.length > 0, JSON.stringify([...seen]));
  assert.match(await ready.locator('.card-facts').textContent(), /^80 pages · /);
  await pictureIn(page, ready, 'img.delivered');

  await ready.getByRole('button', { name: 'Details of' }).click();
  const dialog = page.getByRole('dialog', { name: file.name });
  const pager = dialog.getByRole('region', { name: 'Pages' });
  assert.equal(await pager.getByRole('status').textContent(), 'Page 1 of 80');
  const first = await pictureIn(page, pager, 'img');
  assert.equal(first.height, 1200);
  await pager.getByRole('button', { name: 'Next page' }).click();
  await page.waitForFunction((before) => {
    const picture = window.document.querySelector('.pager img');
    return picture.currentSrc !== before && picture.complete && picture.naturalWidth > 0;
  }, first.address);
  assert.equal(await pager.getByRole('status').textContent(), 'Page 2 of 80');
  await pager.press('End');
  assert.equal(await pager.getByRole('status').textContent(), 'Page 80 of 80');
  await pager.press('ArrowRight');
  assert.equal(await pager.getByRole('status').textContent(), 'Page 80 of 80');
  await pictureIn(page, pager, 'img');
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/document.png` });
});
