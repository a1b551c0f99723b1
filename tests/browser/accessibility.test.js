/** Tests that axe-core finds nothing serious in any state of the page, light or dark, wide or narrow. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import axe from 'axe-core';
import { document as pdf } from './documents.js';
import { html, photo } from './pictures.js';
import { card, choose, openDemo, stack } from './stage.js';

async function assertClean(page, state) {
  // It is evaluated, because the page's policy forbids added scripts and must not be loosened for a test.
  await page.evaluate(axe.source);
  // Wait until pictures have faded in; the contrast during the fade does not count.
  await page.evaluate(() => Promise.all(document.getAnimations()
    .filter((animation) => animation.effect.getComputedTiming().iterations !== Infinity).map(({ finished }) => finished)));
  const { violations } = await page.evaluate(() => window.axe.run());
  const found = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html: node, failureSummary }) => `    ${node}\n    ${failureSummary}`).join('\n')}`);
  assert.deepEqual(found, [], state);
}

for (const colorScheme of ['light', 'dark']) {
  for (const [size, viewport] of [['wide', { width: 1280, height: 900 }], ['narrow', { width: 360, height: 740 }]]) {
    test(`nothing serious, ${colorScheme}, ${size}`, async (t) => {
      const page = await openDemo(t, { colorScheme, viewport });
      await assertClean(page, 'empty');

      await choose(page, await photo(page, 'ready.jpg'), html('rejected.jpg'), pdf('pages.pdf', 3));
      await card(page, 'ready.jpg', 'ready');
      await card(page, 'rejected.jpg', 'rejected');
      await card(page, 'pages.pdf', 'ready');
      await page.route((url) => url.origin === stack.aws_endpoint, () => {});
      await choose(page, await photo(page, 'sending.jpg'));
      await card(page, 'sending.jpg', 'sending');
      await assertClean(page, 'ready, rejected, sending');
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, 'nothing is wider than the window');

      for (const name of ['ready.jpg', 'rejected.jpg', 'pages.pdf']) {
        await page.getByRole('button', { name: `Details of ${name}` }).click();
        const dialog = page.getByRole('dialog', { name });
        await dialog.getByText('The API’s answer').click();
        await assertClean(page, `details of ${name}`);
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'hidden' });
      }
      await page.getByRole('button', { name: 'Cancel upload of sending.jpg' }).click();
    });
  }
}
