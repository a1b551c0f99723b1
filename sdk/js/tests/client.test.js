/** The client for back ends, over an API in memory that checks every signature. */

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { Dozo, Problem } from 'dozo/server';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'token' };
const MEDIA = '01m84xax4wzzzzzzzzzzzzzzzz-nzv102ymvw7ac';

const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const hex = (text) => createHash('sha256').update(text ?? '').digest('hex');

/** Signature Version 4 as the guide says it, for what arrives at the server. */
function signatureOf(method, url, headers, body) {
  const [, day, region, service, names] = /Credential=AKIDEXAMPLE\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+)/.exec(headers.authorization);
  const query = url.search.slice(1).split('&').filter(Boolean).sort().join('&');
  const lines = names.split(';').map((name) => `${name}:${name === 'host' ? url.host : headers[name]}\n`).join('');
  const canonical = [method, url.pathname, query, lines, names, hex(body)].join('\n');
  const key = [region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${credentials.secretAccessKey}`, day));
  return hmac(key, ['AWS4-HMAC-SHA256', headers['x-amz-date'], `${day}/${region}/${service}/aws4_request`, hex(canonical)].join('\n')).toString('hex');
}

/** Returns a client and what it asks for. `answers` are given in turn, the last one for ever. */
function client(...answers) {
  const asked = [];
  const answer = async (url, { method, headers, body }) => {
    assert.match(headers.authorization, new RegExp(`Signature=${signatureOf(method, url, headers, body)}$`), `${method} ${url}`);
    asked.push({ call: `${method} ${url.pathname}${url.search}`, body, headers });
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (next instanceof Error) throw next;
    const { status = 200, ...json } = next ?? {};
    return new Response(JSON.stringify(json), { status });
  };
  return { dozo: new Dozo({ api: 'https://x.execute-api.eu-west-1.amazonaws.com/', app: 'shop', credentials, fetch: answer }), asked };
}

test('each call has its method, path and body, and is signed', async () => {
  const { dozo, asked } = client({});
  await dozo.startUpload({ files: [{ name: 'ü & "?' }] });
  await dozo.ingest({ url: 'https://example.com/a.jpg' });
  await dozo.copy(MEDIA);
  await dozo.copy(MEDIA, { app: 'other' });
  await dozo.show(MEDIA);
  await dozo.grantAccess(MEDIA, { expires_in: 60, as: 'url' });
  await dozo.describe(MEDIA, { title: null }, { ifMatch: '"1"' });
  await dozo.setVisibility(MEDIA, 'private');
  await dozo.putCaptions(MEDIA, 'pt-BR', 'WEBVTT', { name: "Português (Brasil) & d'autres+*" });
  await dozo.removeCaptions(MEDIA, 'de');
  await dozo.choosePoster(MEDIA, 1.5);
  await dozo.setFocus(MEDIA, null);
  await dozo.delete(MEDIA);
  await dozo.suspend(MEDIA, { reason: 'abuse' });
  await dozo.restore(MEDIA);
  await dozo.retry(MEDIA);
  assert.deepEqual(asked.map(({ call, body }) => [call, body]), [
    ['POST /apps/shop/uploads', '{"files":[{"name":"ü & \\"?"}]}'],
    ['POST /apps/shop/ingest', '{"url":"https://example.com/a.jpg"}'],
    [`POST /apps/shop/media/${MEDIA}/copy`, '{}'],
    [`POST /admin/apps/shop/media/${MEDIA}/copy`, '{"app":"other"}'],
    [`GET /apps/shop/media/${MEDIA}`, undefined],
    [`POST /apps/shop/media/${MEDIA}/grants`, '{"expires_in":60,"as":"url"}'],
    [`PATCH /apps/shop/media/${MEDIA}`, '{"title":null}'],
    [`POST /apps/shop/media/${MEDIA}/visibility`, '{"visibility":"private"}'],
    [`PUT /apps/shop/media/${MEDIA}/captions/pt-BR?name=Portugu%C3%AAs%20%28Brasil%29%20%26%20d%27autres%2B%2A`, 'WEBVTT'],
    [`DELETE /apps/shop/media/${MEDIA}/captions/de`, undefined],
    [`POST /apps/shop/media/${MEDIA}/poster`, '{"at":1.5}'],
    [`POST /apps/shop/media/${MEDIA}/focus`, '{}'],
    [`DELETE /apps/shop/media/${MEDIA}`, undefined],
    [`POST /admin/apps/shop/media/${MEDIA}/suspend`, '{"reason":"abuse"}'],
    [`POST /admin/apps/shop/media/${MEDIA}/restore`, undefined],
    [`POST /admin/apps/shop/media/${MEDIA}/retry`, undefined],
  ]);
  assert.equal(asked[6].headers['if-match'], '"1"');
  assert.equal(asked[8].headers['content-type'], 'text/vtt');
  assert.ok(asked.every(({ headers }) => headers['x-amz-security-token'] === 'token'));
});

test('a list goes on page after page, and only as far as it is read', async () => {
  const { dozo, asked } = client({ items: [{ media: 'a' }, { media: 'b' }], next: 'b' }, { items: [{ media: 'c' }] });
  const found = [];
  for await (const { media } of dozo.list({ upload: 'u' })) found.push(media);
  assert.deepEqual(found, ['a', 'b', 'c']);
  assert.deepEqual(asked.map(({ call }) => call), ['GET /apps/shop/media?upload=u', 'GET /apps/shop/media?upload=u&after=b']);

  const other = client({ items: [{ media: 'a' }], next: 'a' });
  for await (const { media } of other.dozo.list({ state: 'failed' })) {
    assert.equal(media, 'a');
    break;
  }
  assert.equal(other.asked.length, 1);
});

test('what is listed is said in the query', async () => {
  const { dozo, asked } = client({ items: [] }, { items: [] }, { day: '2026-11-29' }, { day: '2026-11-29' });
  await dozo.page();
  await dozo.page({ kind: 'image', tag: 'a&b', metadata: { album: '1 2', by: 'é' }, created_from: new Date(0), created_before: '2026-11-29T00:00:00Z' });
  await dozo.usage();
  await dozo.usage('2026-11-29');
  assert.deepEqual(asked.map(({ call }) => call), [
    'GET /apps/shop/media',
    'GET /apps/shop/media?kind=image&tag=a%26b&created_from=1970-01-01T00%3A00%3A00.000Z&created_before=2026-11-29T00%3A00%3A00Z'
      + '&metadata.album=1%202&metadata.by=%C3%A9',
    'GET /apps/shop/usage',
    'GET /apps/shop/usage?day=2026-11-29',
  ]);
});

test('a list that repeats itself ends', async () => {
  const { dozo } = client({ items: [{ media: 'a' }], next: 'a' });
  const found = [];
  for await (const { media } of dozo.list({})) found.push(media);
  assert.equal(found.length, 2);
});

test('an error is a problem that can be handed on', async () => {
  const { dozo, asked } = client({ status: 429, code: 'quota_exceeded', detail: 'Wait.', retry_after_seconds: 60 });
  const problem = await dozo.startUpload().catch((error) => error);
  assert.ok(problem instanceof Problem);
  assert.deepEqual(JSON.parse(JSON.stringify(problem)), { status: 429, code: 'quota_exceeded', detail: 'Wait.', retry_after_seconds: 60 });
  assert.equal(asked.length, 1, 'waiting a moment does not help');
});

test('what passes is tried again, and only that', async () => {
  const passing = [{ status: 503, code: 'unavailable' }, { status: 429, message: 'Too Many Requests' }, new TypeError('fetch failed')];
  const { dozo, asked } = client(...passing, { state: 'ready' });
  assert.equal((await dozo.show(MEDIA)).state, 'ready');
  assert.equal(asked.length, 4);
  for (const status of [400, 403, 404, 409, 500]) {
    const other = client({ status });
    await assert.rejects(other.dozo.show(MEDIA), { status });
    assert.equal(other.asked.length, 1, String(status));
  }
  await assert.rejects(client(new TypeError('fetch failed')).dozo.show(MEDIA), { code: 'unreachable', status: 504 });
});

test('what makes a media each time is not tried again after its answer was lost', async () => {
  const calls = { ingest: (dozo) => dozo.ingest({ url: 'https://example.com/a.jpg' }), copy: (dozo) => dozo.copy(MEDIA) };
  for (const [name, call] of Object.entries(calls)) {
    for (const lost of [new TypeError('fetch failed'), { status: 502 }, { status: 503, code: 'unavailable' }, { status: 504 }]) {
      const { dozo, asked } = client(lost, { media: 'a' });
      await assert.rejects(call(dozo), Problem);
      assert.equal(asked.length, 1, name);
    }
    const { dozo, asked } = client({ status: 429, message: 'Too Many Requests' }, { media: 'a' });
    assert.equal((await call(dozo)).media, 'a');
    assert.equal(asked.length, 2, 'what was throttled did nothing');
  }
});

test('hostile names reach no other route', async () => {
  const { dozo, asked } = client({});
  for (const media of ['', '..', '../../admin/apps', 'a/b', 'a%2fb', 'A', 'a?x', 'a#', 'a b', 'ü', 'x'.repeat(65), undefined, null, {}, ['a', '/']]) {
    await assert.rejects(dozo.show(media), { status: 404, code: 'unknown_media' }, String(media));
    await assert.rejects(dozo.untilSettled(media), { status: 404 });
  }
  for (const language of ['', '../x', 'de/x', 'de?name=x']) assert.throws(() => dozo.removeCaptions(MEDIA, language), { code: 'invalid_request' });
  await dozo.page({ upload: 'u&state=failed', after: '../x' });
  assert.deepEqual(asked.map(({ call }) => call), ['GET /apps/shop/media?upload=u%26state%3Dfailed&after=..%2Fx']);
  for (const app of ['', 'A', 'a/../b', undefined]) assert.throws(() => new Dozo({ api: 'https://x', app, region: 'x' }), /name of the app/);
  assert.throws(() => new Dozo({ api: '', app: 'shop' }), /address of the API/);
});

test('waiting ends when a media is settled, or when it is called off', async () => {
  const { dozo, asked } = client({ status: 404, code: 'unknown_media' }, { state: 'validating' }, { state: 'ready' });
  assert.equal((await dozo.untilSettled(MEDIA)).state, 'ready');
  assert.equal(asked.length, 3);
  const stop = new AbortController();
  const waiting = client({ state: 'processing' }).dozo.untilSettled(MEDIA, { signal: stop.signal });
  stop.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
});

test('an answer that is no JSON is a problem, too', async () => {
  const fetch = async () => new Response('<html>', { status: 403 });
  const dozo = new Dozo({ api: 'http://127.0.0.1:1', app: 'shop', region: 'x', credentials, fetch });
  await assert.rejects(dozo.show(MEDIA), { name: 'Problem', status: 403, code: 'unknown' });
});

test('webhooks are called by their names, and their deliveries are listed page by page', async () => {
  const { dozo, asked } = client({ items: [{ delivery: '1-a' }], next: '1-a' }, { items: [{ delivery: '2-b' }] }, {});
  const listed = [];
  for await (const { delivery } of dozo.webhooks.deliveries('orders')) listed.push(delivery);
  assert.deepEqual(listed, ['1-a', '2-b']);
  await dozo.webhooks.put('orders', { url: 'https://shop.example/', events: ['media.ready'] });
  await dozo.webhooks.list();
  await dozo.webhooks.show('orders');
  await dozo.webhooks.rotate('orders');
  await dozo.webhooks.resume('orders');
  await dozo.webhooks.ping('orders');
  await dozo.webhooks.resend('orders', '1-a');
  await dozo.webhooks.resendSince('orders', new Date('2026-11-29T10:00:00Z'), { undelivered: true });
  await dozo.webhooks.remove('orders');
  const root = '/admin/apps/shop/webhooks';
  assert.deepEqual(asked.map(({ call, body }) => [call, body]), [
    [`GET ${root}/orders/deliveries`, undefined],
    [`GET ${root}/orders/deliveries?after=1-a`, undefined],
    [`PUT ${root}/orders`, '{"url":"https://shop.example/","events":["media.ready"]}'],
    [`GET ${root}`, undefined],
    [`GET ${root}/orders`, undefined],
    [`POST ${root}/orders/rotate`, undefined],
    [`POST ${root}/orders/resume`, undefined],
    [`POST ${root}/orders/ping`, undefined],
    [`POST ${root}/orders/deliveries/1-a/resend`, undefined],
    [`POST ${root}/orders/resend`, '{"since":"2026-11-29T10:00:00.000Z","undelivered":true}'],
    [`DELETE ${root}/orders`, undefined],
  ]);
});

test('a name or an id that could lead elsewhere is never called', async () => {
  const { dozo, asked } = client({});
  for (const name of ['', '../demo', 'a/b', 'A', 'a?b', undefined]) {
    await assert.rejects(async () => dozo.webhooks.ping(name), Problem);
  }
  for (const delivery of ['', '../x', 'a/b', undefined]) await assert.rejects(dozo.webhooks.resend('orders', delivery), Problem);
  assert.deepEqual(asked, []);
});
