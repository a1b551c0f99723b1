/**
 * Sends a large file in parts, so that a fault loses one part and not the file, and a retry continues where it
 * stopped.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */

import { send, StorageError, xmlText } from './bucket.js';
import { persist } from './patience.js';
import { presign } from './sigv4.js';

/** @typedef {import('../types.js').Begun} Begun */
/** @typedef {import('../types.js').Ticket} Ticket */

/** Files of at least this many bytes are sent in parts. */
export const LARGE = 16_000_000;

/** Bytes of a part; S3 requires at least 5 MiB (except for the last part) and at most 10,000 parts. */
const PART = 8 * 1024 * 1024;
const MOST_PARTS = 10_000;

/** Parts that are sent at the same time, for each file. */
const AT_ONCE = 2;

/**
 * Returns how large the parts of a file are: 8 MiB, or as large as they must be for 10,000 of them.
 *
 * @param {number} bytes
 */
export function partSize(bytes) {
  return Math.max(PART, Math.ceil(bytes / MOST_PARTS));
}

/**
 * Returns how many bytes of a file have arrived in whole parts.
 *
 * @param {number} bytes of the file
 * @param {Begun | undefined} begun
 */
export function arrived(bytes, begun) {
  if (!begun) return 0;
  return [...begun.etags.keys()].reduce((sum, number) => sum + Math.min(begun.size, bytes - (number - 1) * begun.size), 0);
}

/**
 * Sends a file in parts. If S3 does not know the upload that it goes on from, it begins once more.
 *
 * @param {Blob} file
 * @param {Ticket} ticket
 * @param {{signal: AbortSignal, onSent: (bytes: number) => void, begun?: Begun, onBegun: (begun: Begun) => void}} how
 *   `onBegun` is called with what a retry goes on from, whenever there is more of it
 */
export async function sendInParts(file, ticket, how) {
  try {
    await goOn(file, ticket, how);
  } catch (error) {
    // It was ended by somebody else, or by the bucket's rule for unfinished uploads.
    if (!how.begun || !isUnknown(error)) throw error;
    await goOn(file, ticket, { ...how, begun: undefined });
  }
}

/**
 * @param {Blob} file
 * @param {Ticket} ticket
 * @param {Parameters<typeof sendInParts>[2]} how
 */
async function goOn(file, ticket, { signal, onSent, begun, onBegun }) {
  /**
   * @param {string} method
   * @param {Record<string, string | number>} query
   * @param {{body?: Blob | string, onSent?: (bytes: number) => void}} [rest]
   */
  const once = async (method, query, rest = {}) => send({
    method, url: await sign(method, ticket, query), signal, ...rest,
  });
  /** @type {typeof once} */
  const request = (method, query, rest) => persist(() => once(method, query, rest), signal);

  const upload = begun ?? await begin(request, file.size);
  onBegun(upload);
  /** @type {number[]} */
  const sent = [];
  /** @type {(number: number, bytes: number) => void} */
  const tell = (number, bytes) => {
    sent[number] = bytes;
    onSent(sent.reduce((sum, part) => sum + part));
  };
  /** @param {number} number */
  const sendPart = async (number) => {
    const body = file.slice((number - 1) * upload.size, number * upload.size);
    if (!upload.etags.has(number)) {
      const query = { partNumber: number, uploadId: upload.id };
      const { etag } = await request('PUT', query, { body, onSent: (bytes) => tell(number, bytes) });
      upload.etags.set(number, etag);
      onBegun(upload);
    }
    tell(number, body.size);
  };
  const numbers = count(Math.ceil(file.size / upload.size));
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const number of numbers) await sendPart(number);
  }));
  await complete(once, upload, signal);
}

/**
 * Counts the parts of a file, for several loops together. The first one that ends by a fault ends the counting, so that no more
 * parts are sent.
 *
 * @param {number} most
 */
function* count(most) {
  for (let number = 1; number <= most; number += 1) yield number;
}

/**
 * Has S3 put the parts together. An upload that is unknown at a second attempt was completed by the first one, whose
 * answer was lost.
 *
 * @param {(method: string, query: Record<string, string | number>, rest?: {body?: string}) => Promise<unknown>} once
 * @param {Begun} upload
 * @param {AbortSignal} signal
 */
async function complete(once, upload, signal) {
  let attempts = 0;
  await persist(async () => {
    attempts += 1;
    try {
      await once('POST', { uploadId: upload.id }, { body: listOf(upload.etags) });
    } catch (error) {
      if (attempts === 1 || !isUnknown(error)) throw error;
    }
  }, signal);
}

/** @param {unknown} error */
function isUnknown(error) {
  return error instanceof StorageError && error.code === 'NoSuchUpload';
}

/**
 * Tells S3 to drop the parts. If that fails, the bucket's lifecycle rule drops them after two days.
 *
 * @param {Begun} begun
 * @param {Ticket} ticket
 */
export async function abandon(begun, ticket) {
  const { signal } = new AbortController();
  const url = await sign('DELETE', ticket, { uploadId: begun.id });
  await send({ method: 'DELETE', url, signal }).catch(() => {});
}

/**
 * Presigns a request for the file, by the server's clock. The ticket's address has S3's host, and the path in S3's form.
 *
 * @param {string} method
 * @param {Ticket} ticket
 * @param {Record<string, string | number>} query
 */
function sign(method, { url, credentials, region, skew = 0 }, query) {
  return presign(method, url, query, credentials, region, new Date(Date.now() + skew));
}

/**
 * @param {(method: string, query: Record<string, string>) => Promise<{text: string}>} request
 * @param {number} bytes
 * @returns {Promise<Begun>}
 */
async function begin(request, bytes) {
  const { text } = await request('POST', { uploads: '' });
  const id = xmlText(text, 'UploadId');
  if (!id) throw new StorageError('The upload bucket gave no id.');
  return { id, size: partSize(bytes), etags: new Map() };
}

/** @param {Map<number, string>} etags */
function listOf(etags) {
  const parts = [...etags].sort(([a], [b]) => a - b)
    .map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`);
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`;
}