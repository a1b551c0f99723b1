/** Webhooks, against the reference package. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { verifyWebhook, WebhookError } from 'dozo/server';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const BODY = '{"id":"m-1","type":"media.ready","note":"ü \\u202e"}';
const now = new Date('2026-11-23T19:15:13Z');

/** What the reference package sends. */
function signed({ body = BODY, id = 'msg_1', at = now, secret = SECRET } = {}) {
  return { 'webhook-id': id, 'webhook-timestamp': String(Math.floor(at.getTime() / 1000)), 'webhook-signature': new Webhook(secret).sign(id, at, body) };
}

const verify = (headers, { body = BODY, secrets = SECRET, ...options } = {}) => verifyWebhook(body, headers, secrets, { now, ...options });
const refused = (code) => (error) => error instanceof WebhookError && error.code === code && error.status === 400;

test('what the reference package signs is believed, as text and as bytes', () => {
  for (const body of [BODY, Buffer.from(BODY), new Uint8Array(Buffer.from(BODY))]) {
    assert.equal(verify(signed(), { body }).type, 'media.ready');
  }
  assert.equal(verify(signed({ body: '[]' }), { body: '[]' }).length, 0);
});

test('headers may be of any kind and case', () => {
  const headers = signed();
  const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
  for (const given of [new Headers(headers), upper, { ...headers, 'webhook-signature': [headers['webhook-signature']] }]) {
    assert.equal(verify(given).id, 'm-1');
  }
});

test('several signatures and several secrets: one must fit', () => {
  const [old, fresh] = [signed({ secret: OTHER }), signed()];
  const both = { ...fresh, 'webhook-signature': `v1a,xyz ${old['webhook-signature']} ${fresh['webhook-signature']}` };
  assert.equal(verify(both).id, 'm-1');
  assert.equal(verify(both, { secrets: OTHER }).id, 'm-1');
  assert.equal(verify(old, { secrets: [SECRET, OTHER] }).id, 'm-1');
  assert.throws(() => verify(old), refused('no_matching_signature'));
});

test('a changed id, time or body is refused', () => {
  assert.throws(() => verify({ ...signed(), 'webhook-id': 'msg_2' }), refused('no_matching_signature'));
  assert.throws(() => verify({ ...signed(), 'webhook-timestamp': String(now.getTime() / 1000 + 1) }), refused('no_matching_signature'));
  assert.throws(() => verify(signed(), { body: `${BODY} ` }), refused('no_matching_signature'));
});

test('five minutes are tolerated, either way', () => {
  const at = (seconds) => signed({ at: new Date(now.getTime() + seconds * 1000) });
  for (const seconds of [-300, 0, 300]) assert.equal(verify(at(seconds)).id, 'm-1');
  assert.throws(() => verify(at(-301)), refused('too_old'));
  assert.throws(() => verify(at(301)), refused('too_new'));
  assert.equal(verify(at(-3000), { toleranceSeconds: 3600 }).id, 'm-1');
});

test('hostile headers are refused', () => {
  for (const name of Object.keys(signed())) {
    for (const value of ['', undefined]) assert.throws(() => verify({ ...signed(), [name]: value }), refused('missing_header'));
  }
  for (const timestamp of ['1e9', '-1', '0x1', ' 1', '1.5', 'now', '9'.repeat(20)]) {
    assert.throws(() => verify({ ...signed(), 'webhook-timestamp': timestamp }), refused('bad_timestamp'));
  }
  const genuine = signed()['webhook-signature'].slice(3);
  for (const signature of ['v1', 'v1,', ',', 'v1,AAAA', `v2,${genuine}`, genuine, `V1,${genuine}`, ' '.repeat(9_999), 'v1,=== v1,===', `v1,${genuine.slice(0, 20)}`]) {
    assert.throws(() => verify({ ...signed(), 'webhook-signature': signature }), refused('no_matching_signature'), signature.slice(0, 50));
  }
});

test('an id with a dot is refused, because what is signed has dots between its parts', () => {
  assert.throws(() => verify(signed({ id: 'msg.1' })), refused('no_matching_signature'));
});

test('a tolerance that is no number of seconds is a fault of the caller', () => {
  for (const toleranceSeconds of [NaN, -1, Infinity, '5 minutes']) {
    assert.throws(() => verifyWebhook(BODY, signed(), SECRET, { toleranceSeconds }), /number of seconds/);
  }
});

test('a body that was parsed, and a secret that is none, are faults of the caller', () => {
  assert.throws(() => verify(signed(), { body: JSON.parse(BODY) }), /as it was received/);
  for (const secrets of ['', 'whsec_', 'whsec_!', undefined, [SECRET, '']]) assert.throws(() => verify(signed(), { secrets: secrets ?? [undefined] }), /whsec_/);
});

test('the reference package believes the same headers', () => {
  const at = new Date();
  assert.equal(new Webhook(SECRET).verify(BODY, signed({ at })).id, verify(signed({ at }), { now: at }).id);
});
