/** Tests files that are not accepted: the page says why, with the API's message and code. */

import assert from 'node:assert/strict';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { admin } from './curl.js';
import { html, photo, promisingPng } from './pictures.js';
import { card, choose, openDemo } from './stage.js';

/** @returns the message and the code on the card of a file */
async function told(page, name, state) {
  const refused = await card(page, name, state);
  assert.equal(await refused.locator('img.delivered').count(), 0, `nothing of ${name} is delivered`);
  const code = refused.locator('.card-code');
  return [await refused.locator('.card-reason').innerText(), await code.isVisible() ? await code.innerText() : ''];
}

test('a refused file shows its sentence and code, and its neighbours go through', async (t) => {
  const page = await openDemo(t);
  const plain = (name, buffer) => ({ name, mimeType: 'image/jpeg', buffer: Buffer.from(buffer) });
  const good = await photo(page, 'good.jpg');
  const { buffer } = await photo(page, 'cut.jpg', 2);
  const cases = [
    [plain('empty.png', ''), /The file is empty/, 'empty_file'],
    [plain('cut.jpg', buffer.subarray(0, buffer.length / 2)), /cannot be read to its end/, 'damaged'],
    [plain('letter.png', 'Dear madam, this is no picture.'), /an unknown format, whatever its name says/, 'unknown_format'],
    [plain('layers.jpg', '8BPS\0\x01'), /Photoshop/, 'kind_not_accepted'],
    [html('invoice.jpg'), /HTML page/, 'script_not_accepted'],
    [promisingPng('bomb.png', 50_000, 50_000), /2500000000 pixels .* at most 100000000/, 'too_many_pixels'],
    [promisingPng('wall.png', 10_001, 10_000), /100010000 pixels/, 'too_many_pixels'],
  ];
  await choose(page, ...cases.map(([file]) => file), good);
  for (const [{ name }, sentence, code] of cases) {
    const [reason, shown] = await told(page, name, 'rejected');
    assert.match(reason, sentence, name);
    assert.equal(shown, code, name);
  }
  await card(page, 'good.jpg', 'ready');
});

test('a name that is too long is refused before its file is sent', async (t) => {
  const page = await openDemo(t);
  const name = `${'long '.repeat(180)}name.jpg`;
  await choose(page, await photo(page, name));
  const [reason] = await told(page, name, 'refused');
  assert.match(reason, /900 bytes/);
});

test('a file in another storage class is refused', async (t) => {
  const page = await openDemo(t);
  await page.route((url) => url.searchParams.has('X-Amz-Signature'), (route) => (
    route.continue({ headers: { ...route.request().headers(), 'x-amz-storage-class': 'GLACIER' } })));
  await choose(page, await photo(page, 'archived.jpg'));
  const [reason, code] = await told(page, 'archived.jpg', 'rejected');
  assert.match(reason, /storage class/);
  assert.equal(code, 'unreadable_storage');
});

/** Makes a sparse file of this many bytes, which takes no disk space. */
async function sparse(t, name, bytes) {
  const directory = await mkdtemp(join(tmpdir(), 'dozo-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, name);
  const file = await open(path, 'w');
  await file.truncate(bytes);
  await file.close();
  return path;
}

const TOO_LARGE = 105_000_000;

/** Changes the app's registration until the test ends; returns a function that undoes the change earlier. */
function register(t, change) {
  const { app: _, created_at: __, updated_at: ___, ...registration } = admin('GET', '/admin/apps/demo');
  const restore = () => admin('PUT', '/admin/apps/demo', registration);
  t.after(restore);
  admin('PUT', '/admin/apps/demo', change(registration));
  return restore;
}

/** Accepts images only: films may be so large that a test cannot send a file above the limit of every kind. */
const pictures = (registration) => ({ ...registration, kinds: ['image'] });

test('a file over the limit is refused before it is sent, with the limit', async (t) => {
  register(t, pictures);
  const page = await openDemo(t);
  const sent = [];
  page.on('request', (request) => ['PUT', 'POST'].includes(request.method()) && sent.push(new URL(request.url()).pathname));
  await choose(page, await sparse(t, 'huge.png', TOO_LARGE));
  const [reason] = await told(page, 'huge.png', 'refused');
  assert.match(reason, /104857600 bytes/);
  assert.deepEqual(sent, ['/api/uploads']);
});

test('a file over the limit whose size was not told truly is refused when it has landed', async (t) => {
  register(t, pictures);
  const page = await openDemo(t);
  await page.route('**/api/uploads', (route) => {
    const wish = route.request().postDataJSON();
    for (const file of wish.files) file.bytes = 1000;
    return route.continue({ postData: JSON.stringify(wish) });
  });
  await choose(page, await sparse(t, 'liar.png', TOO_LARGE));
  const [reason, code] = await told(page, 'liar.png', 'rejected');
  assert.match(reason, /105000000 bytes; at most 104857600/);
  assert.equal(code, 'too_many_bytes');
});

test('an app that has used up its day says so, and when to come again', async (t) => {
  const page = await openDemo(t);
  await choose(page, await photo(page, 'within.jpg'));
  await card(page, 'within.jpg', 'ready');
  const restore = register(t, (registration) => ({ ...registration, quotas: { ...registration.quotas, media_per_day: 1 } }));

  await choose(page, await photo(page, 'beyond.jpg', 2));
  const [reason] = await told(page, 'beyond.jpg', 'broken');
  assert.match(reason, /accepts 1 files? a day, and today's quota is used up\. Upload the file again after midnight UTC/);

  restore();
  const refused = await card(page, 'beyond.jpg', 'broken');
  await refused.getByRole('button', { name: 'Try again' }).click();
  await card(page, 'beyond.jpg', 'ready');
});
