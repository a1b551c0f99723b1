/**
 * Sends a large file in parts, so that a fault loses one part and not the file, and a retry continues where it
 * stopped.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */

import { gate, persist } from './patience.js';
import { presign } from './sigv4.js';
import { send, xmlText } from './storage.js';

/** Files of at least this many bytes are sent in parts. */
export const LARGE = 16_000_000;

/** Bytes of a part; S3 requires at least 5 MiB (except for the last part) and at most 10,000 parts. */
const PART = 8 * 1024 * 1024;
const MOST_PARTS = 10_000;

/** Parts that are sent at the same time, for each file. */
const AT_ONCE = 2;

/**
 * @typedef {{id: string, size: number, etags: Map<number, string>}} Begun what a retry goes on from
 * @param {File} file
 * @param {{address: string, credentials: object, region: string}} target
 * @param {{signal: AbortSignal, onSent: (bytes: number) => void, begun?: Begun, onBegun: (begun: Begun) => void}} how
 */
export async function sendInParts(file, target, { signal, onSent, begun, onBegun }) {
  const request = (method, query, rest = {}) => persist(async () => send({
    method,
    url: await presign(method, target.address, query, target.credentials, target.region),
    signal,
    ...rest,
  }), signal);

  const upload = begun ?? await begin(request, file);
  onBegun(upload);
  const sent = new Map();
  const tell = () => onSent([...sent.values()].reduce((sum, bytes) => sum + bytes, 0));
  const through = gate(AT_ONCE);
  const sendPart = async (number) => {
    const body = file.slice((number - 1) * upload.size, number * upload.size);
    if (!upload.etags.has(number)) {
      const onPartSent = (bytes) => {
        sent.set(number, bytes);
        tell();
      };
      const query = { partNumber: number, uploadId: upload.id };
      const { etag } = await request('PUT', query, { body, onSent: onPartSent });
      upload.etags.set(number, etag);
    }
    sent.set(number, body.size);
    tell();
  };
  const numbers = Array.from({ length: Math.ceil(file.size / upload.size) }, (_, place) => place + 1);
  // The first fault ends the file; parts that have not started are not sent.
  let failed = false;
  await Promise.all(numbers.map((number) => through(async () => {
    if (failed) return;
    try {
      await sendPart(number);
    } catch (error) {
      failed = true;
      throw error;
    }
  })));
  await request('POST', { uploadId: upload.id }, { body: listOf(upload.etags) });
}

/** Tells S3 to drop the parts. If that fails, the bucket's lifecycle rule drops them after two days. */
export async function abandon(begun, target) {
  const { signal } = new AbortController();
  const url = await presign('DELETE', target.address, { uploadId: begun.id }, target.credentials, target.region);
  await send({ method: 'DELETE', url, signal }).catch(() => {});
}

async function begin(request, file) {
  const { text } = await request('POST', { uploads: '' });
  return { id: xmlText(text, 'UploadId'), size: Math.max(PART, Math.ceil(file.size / MOST_PARTS)), etags: new Map() };
}

function listOf(etags) {
  const parts = [...etags].sort(([a], [b]) => a - b)
    .map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`);
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`;
}
