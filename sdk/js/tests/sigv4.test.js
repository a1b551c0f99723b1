/** The signatures of the browser's requests to the bucket, against AWS's own signer. */

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import { presign } from '../src/browser/sigv4.js';

const credentials = { AccessKeyId: 'ASIAEXAMPLE', SecretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', SessionToken: 'a/b+c==' };

/** SHA-256 as AWS's signer wants it. */
class Sha256 {
  constructor(secret) {
    this.hash = secret ? createHmac('sha256', secret) : createHash('sha256');
  }

  update(data) {
    this.hash.update(data);
  }

  async digest() {
    return this.hash.digest();
  }
}

const referee = new SignatureV4({
  service: 's3', region: 'eu-west-1', uriEscapePath: false, applyChecksum: false, sha256: Sha256,
  credentials: { accessKeyId: credentials.AccessKeyId, secretAccessKey: credentials.SecretAccessKey, sessionToken: credentials.SessionToken },
});

const CASES = {
  'beginning an upload': ['POST', '/demo/u/cat.jpg', { uploads: '' }],
  'a part': ['PUT', '/demo/u/cat.jpg', { partNumber: 12, uploadId: 'a.b_c-d~e' }],
  'completing': ['POST', '/demo/u/cat.jpg', { uploadId: 'VXBsb2FkIElE/+==' }],
  'a strange name': ['DELETE', '/demo/u/a%20b%2Bc%26d%3De%23f%3F%252F%20%22q%22.jpg', { uploadId: "!'()* &=#?" }],
};

for (const [name, [method, path, query]] of Object.entries(CASES)) {
  for (const host of ['bucket.s3.eu-west-1.amazonaws.com', '127.0.0.1:4566']) {
    test(`${name}, at ${host}`, async () => {
      const now = new Date('2026-11-23T19:15:13.456Z');
      const ours = new URL(await presign(method, `https://${host}${path}`, query, credentials, 'eu-west-1', now));
      const { query: theirs } = await referee.presign({
        method, protocol: 'https:', hostname: host, path, query: Object.fromEntries(Object.entries(query).map(([key, value]) => [key, String(value)])),
        headers: { host, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' },
      }, { expiresIn: 900, signingDate: now });
      assert.deepEqual(Object.fromEntries(ours.searchParams), theirs);
      assert.equal(ours.pathname, path);
    });
  }
}
