/**
 * A browser for a test file, a fresh page for each test, on the stack that `DOZO_STACK` names.
 *
 * Waits are for conditions, never for time; how long one may take is bounded here.
 */

import { readFileSync } from 'node:fs';
import { after, before } from 'node:test';
import { launch } from './browser.js';

/** Milliseconds for one condition. Two cores that also run everything else take a while. */
const PATIENCE = 60_000;

export const stack = JSON.parse(readFileSync(process.env.DOZO_STACK, 'utf8'));

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/**
 * Opens the demo page in a browser profile of its own. When the test ends it is closed, and whatever the page
 * complained about (errors, breaches of its content security policy) fails the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function openDemo(t, options = {}) {
  const context = await browser.newContext({ baseURL: stack.demo, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // What a test makes S3 or the network refuse is reported by the browser as well.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  t.after(async () => {
    await context.close();
    if (complaints.length > 0) throw new Error(`the page complained:\n${complaints.join('\n')}`);
  });
  await page.goto('/');
  return page;
}

/** What an address answers to somebody outside of the browser. An answer that is left unread would hold its connection. */
export async function statusOf(address) {
  const answer = await fetch(address);
  await answer.body?.cancel();
  return answer.status;
}

/** Chooses files as a person does by the button. */
export async function choose(page, ...files) {
  await page.getByLabel('Choose files').setInputFiles(files);
}

/** The card of a file, once it stands in one of these states. */
export async function card(page, name, ...states) {
  const wanted = states.map((state) => `[data-state="${state}"]`).join(', ');
  const found = page.getByRole('listitem').and(page.locator(wanted || '.card'))
    .filter({ has: page.getByRole('heading', { name, exact: true }) });
  await found.waitFor();
  return found;
}

/** Waits until the picture in it has pixels; answers its address and width. */
export async function pictureIn(page, within, selector) {
  const picture = within.locator(selector);
  await picture.waitFor();
  const handle = await picture.elementHandle();
  await page.waitForFunction((image) => image.complete && image.naturalWidth > 0, handle);
  return picture.evaluate((image) => ({ address: image.currentSrc, width: image.naturalWidth, height: image.naturalHeight }));
}
