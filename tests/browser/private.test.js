/** Tests private media: on the demo page by signed addresses, on an app's own page by cookies. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';
import { grant, uploadPrivate } from './media.js';
import { photo, storedPng } from './pictures.js';
import { card, choose, openDemo, pictureIn, stack, statusOf } from './stage.js';

test('a private photo is shown by a signed address, and by no other', async (t) => {
  const page = await openDemo(t);
  await page.getByLabel('Private').check();
  const file = await photo(page, 'Secret.jpg');
  await choose(page, file);
  const ready = await card(page, file.name, 'ready');
  const shown = new URL((await pictureIn(page, ready, 'img.delivered')).address);
  assert.equal(shown.origin, stack.cdn);
  assert.match(shown.pathname, /^\/private\/demo\//);
  assert.equal(await statusOf(shown), 200);
  shown.search = '';
  assert.equal(await statusOf(shown), 403);
  assert.match(await ready.locator('.card-facts').innerText(), /Private/);

  await ready.getByRole('button', { name: 'Details of' }).click();
  const dialog = page.getByRole('dialog', { name: file.name });
  await pictureIn(page, dialog, '.viewer img');
  assert.match(await dialog.locator('.details-grant').innerText(), /open until/);
  const iiif = await dialog.getByRole('link', { name: '/iiif/image/info.json' }).getAttribute('href');
  assert.equal((await (await fetch(iiif)).json()).width, 1200);
  // The API's own answer is shown unchanged.
  await dialog.getByText('The API’s answer').click();
  assert.doesNotMatch(await dialog.locator('.answer pre').innerText(), /Signature=/);

  await page.reload();
  await pictureIn(page, await card(page, file.name, 'ready'), 'img.delivered');
});

/** Starts an app's own site, whose page sets a grant's cookies and shows two media by their plain addresses. */
async function startApp(t, cookies, addresses) {
  const pictures = addresses.map((address) => `<img src="${address}" alt="">`).join('');
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': cookies });
    response.end(`<!doctype html><title>App</title>${pictures}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}/`;
}

/** Cookies ignore ports, so on this machine the page's host is also the CDN's, as with a domain of one's own. */
test('a plain browser follows a path that cookies open, and no other', async (t) => {
  const one = await uploadPrivate(storedPng('one.png', 40, 30));
  const other = await uploadPrivate(storedPng('other.png', 40, 30));
  const { set_cookies: cookies } = await grant(one.media, { expires_in: 600, as: 'cookies' });
  for (const cookie of cookies) assert.match(cookie, /; Secure; HttpOnly$/);
  const page = await openDemo(t);
  await page.goto(await startApp(t, cookies, [one.urls.original, other.urls.original]));
  const [opened, closed] = await page.locator('img').all();
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  assert.deepEqual(await opened.evaluate((image) => [image.naturalWidth, image.naturalHeight]), [40, 30]);
  assert.equal(await closed.evaluate((image) => image.naturalWidth), 0);
  const kept = await page.context().cookies(one.urls.original);
  assert.deepEqual(kept.map(({ name }) => name).sort(), cookies.map((cookie) => cookie.split('=')[0]).sort());
  for (const { secure, httpOnly } of kept) assert.ok(secure && httpOnly);
  assert.deepEqual(await page.context().cookies(other.urls.original), []);

  const answer = await page.goto(one.urls.original);
  assert.equal(answer.status(), 200);
  assert.equal((await page.goto(other.urls.original)).status(), 403);
});
