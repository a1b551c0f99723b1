/** Answers of the bucket, hostile ones among them, and how files are cut. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { xmlText } from '../src/browser/bucket.js';
import { arrived, partSize } from '../src/browser/multipart.js';
import { gate } from '../src/browser/patience.js';

test('texts are read out of S3’s answers, and nothing else', () => {
  assert.equal(xmlText('<a><UploadId>x.y_z</UploadId><UploadId>2</UploadId></a>', 'UploadId'), 'x.y_z');
  for (const text of ['', '<UploadId>', '<UploadId>&amp;</UploadId>', '<UploadId></UploadId>', '<UploadId><b>x</b></UploadId>', '</UploadId>x<UploadId>', `${'<UploadId>'.repeat(50_000)}`]) {
    assert.equal(xmlText(text, 'UploadId'), '');
  }
});

test('parts are 8 MiB, or as large as 10,000 of them must be', () => {
  const MIB = 1024 * 1024;
  for (const [bytes, size] of [[1, 8 * MIB], [80_000 * MIB, 8 * MIB], [80_000 * MIB + 1, 8 * MIB + 1], [5_000_000 * MIB, 500 * MIB]]) {
    assert.equal(partSize(bytes), size);
    assert.ok(Math.ceil(bytes / size) <= 10_000);
  }
  assert.equal(arrived(25, { id: '', size: 10, etags: new Map([[1, 'a'], [3, 'c']]) }), 15);
  assert.equal(arrived(25, undefined), 0);
});

test('no more run at a time than fit, in the order in which they came', async () => {
  const through = gate(2);
  const [began, open] = [[], []];
  const all = [1, 2, 3, 4].map((number) => through(async () => {
    began.push(number);
    await new Promise((resolve) => open.push(resolve));
    if (number === 1) throw new Error('one');
  }));
  const settled = Promise.allSettled(all);
  await new Promise(setImmediate);
  assert.deepEqual(began, [1, 2]);
  open[0]();
  // Who comes between a leaving and the next one's start does not overtake it.
  const late = through(async () => began.push(5));
  await new Promise(setImmediate);
  assert.deepEqual(began, [1, 2, 3]);
  open[1]();
  await new Promise(setImmediate);
  open[2]();
  open[3]();
  await Promise.all([settled, late]);
  assert.deepEqual(began, [1, 2, 3, 4, 5]);
});
