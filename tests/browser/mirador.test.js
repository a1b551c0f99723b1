/** Tests that an unmodified Mirador opens a document by its manifest. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { build } from 'esbuild';
import { document as pdf } from './documents.js';
import { card, choose, openDemo, stack } from './stage.js';

test('Mirador shows the pages of a document', async (t) => {
  // As with OpenSeadragon, the demo page's policy would keep other people's scripts from calling the CDN.
  const page = await openDemo(t, { bypassCSP: true, viewport: { width: 1280, height: 900 } });
  const file = pdf('Codex.pdf', 6);
  await choose(page, file);
  const ready = await card(page, file.name, 'ready');
  await ready.getByRole('button', { name: 'Details of' }).click();
  const dialog = page.getByRole('dialog', { name: file.name });
  const manifest = await dialog.getByRole('link', { name: 'manifest.json' }).getAttribute('href');
  await page.keyboard.press('Escape');

  const answers = [];
  page.on('response', (answer) => answer.url().startsWith(stack.cdn) && answers.push(answer));
  const bundled = await build({
    entryPoints: [new URL('mirador-page.js', import.meta.url).pathname], bundle: true, write: false, format: 'iife',
    logLevel: 'error', define: { 'process.env.NODE_ENV': '"production"' },
  });
  await page.evaluate(bundled.outputFiles[0].text);
  const info = page.waitForResponse((answer) => answer.url().endsWith('/iiif/page-0001/info.json'));
  const tile = page.waitForResponse((answer) => /\/iiif\/page-0001\/[^/]+\/[^/]+\/0\/default\.(jpg|webp)$/.test(answer.url()));
  await page.evaluate((address) => window.show(address), manifest);
  assert.equal((await info).status(), 200);
  assert.equal((await tile).status(), 200);
  await page.getByRole('heading', { name: file.name }).first().waitFor();
  await page.getByText('1 of 6').first().waitFor();
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/mirador.png` });
  assert.deepEqual(answers.filter((answer) => answer.status() !== 200).map((answer) => answer.url()), []);
});
