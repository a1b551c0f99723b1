/**
 * A browser for a test file, a fresh page for each test, on the stack that `DOZO_STACK` names.
 *
 * Tests wait for conditions, never for a fixed time; the limit for a wait is set here.
 */

import { readFileSync } from 'node:fs';
import { after, before } from 'node:test';
import { launch } from './browser.js';

/** The longest wait for a condition, in milliseconds. Two cores that also run everything else take a while. */
const PATIENCE = 60_000;

export const stack = JSON.parse(readFileSync(process.env.DOZO_STACK, 'utf8'));

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/**
 * Opens the demo page in a browser profile of its own.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export function openDemo(t, options = {}) {
  return openPage(t, stack.demo, options);
}

/**
 * Opens a page in a browser profile of its own. When the test ends, the page is closed, and any error or breach of its
 * content security policy fails the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} baseURL
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function openPage(t, baseURL, options = {}) {
  const context = await browser.newContext({ baseURL, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // The browser also reports requests that S3 or the network refuses on purpose in a test.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  t.after(async () => {
    await context.close();
    if (complaints.length > 0) throw new Error(`the page complained:\n${complaints.join('\n')}`);
  });
  await page.goto('/');
  return page;
}

/** Returns the status of an address outside of the browser. An unread answer would keep its connection open. */
export async function statusOf(address) {
  const answer = await fetch(address);
  await answer.body?.cancel();
  return answer.status;
}

/** Chooses files as a person does with the button. */
export async function choose(page, ...files) {
  await page.getByLabel('Choose files').setInputFiles(files);
}

/** Waits for the card of a file in one of these states; returns it. */
export async function card(page, name, ...states) {
  const wanted = states.map((state) => `[data-state="${state}"]`).join(', ');
  const found = page.getByRole('listitem').and(page.locator(wanted || '.card'))
    .filter({ has: page.getByRole('heading', { name, exact: true }) });
  await found.waitFor();
  return found;
}

/** Waits until the picture in an element has pixels; returns its address and width. */
export async function pictureIn(page, within, selector) {
  const picture = within.locator(selector);
  await picture.waitFor();
  const handle = await picture.elementHandle();
  await page.waitForFunction((image) => image.complete && image.naturalWidth > 0, handle);
  return picture.evaluate((image) => ({ address: image.currentSrc, width: image.naturalWidth, height: image.naturalHeight }));
}
