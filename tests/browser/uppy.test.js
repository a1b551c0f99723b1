/** Tests that an unmodified Uppy uploads with temporary credentials from the page, in one request and in parts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { build } from 'esbuild';
import { photo, storedPng } from './pictures.js';
import { openDemo, stack } from './stage.js';

async function openUppy(t) {
  const page = await openDemo(t);
  const bundled = await build({
    entryPoints: [new URL('uppy-page.js', import.meta.url).pathname], bundle: true, write: false, format: 'iife',
    logLevel: 'error',
  });
  // This runs on the demo's own page under its policy, and is evaluated, as the policy forbids scripts from elsewhere.
  // A page made up by a test has no address space, and Chromium lets only pages from loopback call loopback.
  await page.evaluate(bundled.outputFiles[0].text);
  return page;
}

const upload = (page, { name, mimeType, buffer }, inParts) => page.evaluate(async ([called, type, data, multipart]) => {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  return window.upload(called, new Blob([bytes], { type }), multipart);
}, [name, mimeType, buffer.toString('base64'), inParts]);

/** Asks until the media is ready; returns its bytes. */
async function untilReady(media) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answer = await fetch(`${stack.demo}/api/media/${media}`);
    const { state, bytes } = await answer.json();
    if (state === 'ready') return bytes;
    assert.ok(!['rejected', 'failed'].includes(state), state);
    await setTimeout(300);
  }
  return assert.fail(`${media} does not become ready`);
}

for (const [way, inParts] of [['in one request', false], ['in parts', true]]) {
  test(`Uppy uploads ${way}`, async (t) => {
    const page = await openUppy(t);
    const file = inParts ? storedPng('uppy.png', 2000, 2000) : await photo(page, 'uppy.jpg');
    const parts = new Set();
    page.on('request', (request) => {
      const part = new URL(request.url()).searchParams.get('partNumber');
      if (part) parts.add(part);
    });
    const media = await upload(page, file, inParts);
    assert.equal(parts.size, inParts ? 3 : 0);
    assert.equal(await untilReady(media), file.buffer.length);
  });
}
