/** Tests that Dozo's signatures equal those of AWS's SDK for JavaScript, and that the SDK's signatures work. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, test } from 'node:test';
import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { grant, uploadPrivate } from './media.js';
import { storedPng } from './pictures.js';
import { stack } from './stage.js';

/** Runs the AWS CLI as the local stack's account root. */
function aws(...words) {
  const program = new URL('../../.local/venv/bin/aws', import.meta.url).pathname;
  const env = {
    PATH: process.env.PATH, AWS_ENDPOINT_URL: stack.aws_endpoint, AWS_DEFAULT_REGION: stack.region, AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test', AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_PAGER: '',
  };
  return execFileSync(program, [...words, '--output', 'text'], { env, encoding: 'utf8' }).trim();
}

let key;
let media;
before(async () => {
  const output = 'Stacks[0].Outputs[?OutputKey==\'CloudFrontKeySecret\'].OutputValue';
  const secret = aws('cloudformation', 'describe-stacks', '--stack-name', stack.stack, '--query', output);
  const text = aws('secretsmanager', 'get-secret-value', '--secret-id', secret, '--query', 'SecretString');
  const { public_key_id: keyPairId, private_key: privateKey } = JSON.parse(text);
  key = { keyPairId, privateKey };
  media = await uploadPrivate(storedPng('signed.png', 20, 10));
});

const WISHES = {
  'for a while': {},
  'from later on': { starts_in: 60 },
  'for one address': { ip: '192.0.2.7' },
  'for a range, from later on': { starts_in: 60, ip: '192.0.2.0/24' },
};

/** Returns the arguments that the SDK takes for a grant. */
function asTold({ resource, expires_at: dateLessThan, starts_at: dateGreaterThan, ip: ipAddress }) {
  return { url: resource, dateLessThan, dateGreaterThan, ipAddress };
}

/** Returns a custom policy if the SDK would otherwise make a canned one, which it does without a start or an IP. */
function policyOf({ resource, expires_at: end, starts_at: start, ip }) {
  if (start || ip) return {};
  const seconds = Date.parse(end) / 1000;
  return { policy: JSON.stringify({ Statement: [{ Resource: resource, Condition: { DateLessThan: { 'AWS:EpochTime': seconds } } }] }) };
}

for (const [name, wish] of Object.entries(WISHES)) {
  test(`the same signature, ${name}`, async () => {
    const cookies = await grant(media.media, { expires_in: 600, as: 'cookies', ...wish });
    assert.deepEqual(getSignedCookies({ ...asTold(cookies), ...policyOf(cookies), ...key, algorithm: 'SHA256' }), cookies.cookies);

    const address = await grant(media.media, { expires_in: 600, as: 'url', ...wish });
    const url = getSignedUrl({ ...asTold(address), ...policyOf(address), ...key, algorithm: 'SHA256' });
    const parameters = (query) => Object.fromEntries(new URLSearchParams(query));
    assert.deepEqual(parameters(new URL(url).search), parameters(address.query));
  });
}

for (const algorithm of ['SHA1', 'SHA256']) {
  test(`its own signatures with ${algorithm} open`, async () => {
    const url = media.urls.original;
    const dateLessThan = new Date(Date.now() + 600_000);
    for (const how of [{}, { ipAddress: '127.0.0.1' }, { dateGreaterThan: new Date(Date.now() - 60_000) }]) {
      const signed = getSignedUrl({ url, dateLessThan, ...how, ...key, algorithm });
      assert.equal((await fetch(signed)).status, 200, signed);
      const cookies = getSignedCookies({ url, dateLessThan, ...how, ...key, algorithm });
      const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join('; ');
      assert.equal((await fetch(url, { headers: { cookie } })).status, 200, cookie);
    }
    const elsewhere = getSignedUrl({ url, dateLessThan, ipAddress: '192.0.2.7', ...key, algorithm });
    assert.equal((await fetch(elsewhere)).status, 403);
    const past = getSignedUrl({ url, dateLessThan: new Date(Date.now() - 1000), ...key, algorithm });
    assert.equal((await fetch(past)).status, 403);
  });
}
