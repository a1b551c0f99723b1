/**
 * Sends files: requests a grant, then sends each file directly to S3, a few at a time.
 *
 * A small file is sent to its presigned URL in one request; a large one in parts, with the grant's credentials.
 */

import { startUpload } from './api.js';
import { abandon, LARGE, sendInParts } from './multipart.js';
import { gate, online, persist } from './patience.js';
import { send } from './storage.js';

/** Files that are sent at the same time. A browser opens six connections to a host, and a large file uses two. */
const AT_ONCE = 3;

/** Files in one grant: as many as the API lists on one page. */
const GRANT_FILES = 100;

/** A grant that expires in less than this many milliseconds is not used for a new upload. */
const GRANT_REST = 5 * 60 * 1000;

export class Uploader {
  #library;
  #through = gate(AT_ONCE);
  #aborts = new Map();

  /** @param {import('./library.js').Library} library */
  constructor(library) {
    this.#library = library;
    library.addEventListener('removed', ({ detail: { item } }) => this.#aborts.get(item.key)?.abort());
    for (const name of ['online', 'offline']) window.addEventListener(name, () => this.#tellOfNetwork());
  }

  /**
   * @param {Iterable<File>} files
   * @param {'public' | 'private'} visibility
   */
  add(files, visibility) {
    // The list shows the newest first, but files that are chosen together in the order of their choice.
    const items = new Map([...files].reverse().map((file) => [file, this.#library.add(file, visibility)]));
    for (const batch of batches(files)) this.#ask(batch.map((file) => items.get(file)));
  }

  cancel(item) {
    this.#library.change(item, { phase: 'cancelled' });
    this.#aborts.get(item.key)?.abort();
    this.#abandonParts(item);
  }

  /** Continues where the upload stopped while its grant is valid; otherwise starts again with a new one. */
  retry(item) {
    const lasts = item.grant && Date.parse(item.grant.Expiration) - Date.now() > GRANT_REST;
    this.#library.change(item, { problem: undefined, phase: lasts ? 'queued' : 'asking' });
    if (lasts) this.#send(item);
    else this.#ask([item]);
  }

  remove(item) {
    this.cancel(item);
    this.#library.remove(item);
  }

  /** Uploads in progress wait for the network by themselves, and continue with the parts that were sent. */
  #tellOfNetwork() {
    for (const item of this.#library.items()) {
      if (this.#aborts.has(item.key)) this.#library.change(item, { offline: !navigator.onLine });
    }
  }

  async #ask(items) {
    try {
      await online();
      const grant = await startUpload(items.map(declare), items[0].visibility);
      items.forEach((item, place) => {
        if (item.phase !== 'asking') return;
        const granted = grant.files[place];
        this.#library.change(item, {
          grant, granted, upload: grant.upload, media: granted.media, phase: 'queued', begun: undefined,
        });
        this.#send(item);
      });
    } catch (problem) {
      this.#takeRefusal(items, problem);
    }
  }

  /** A file that is not accepted does not stop the others. */
  #takeRefusal(items, problem) {
    const place = /^files\[(\d+)\]/.exec(problem.field ?? '')?.[1];
    if (place === undefined) {
      for (const item of items) this.#library.change(item, { phase: 'broken', problem: problem.message });
      return;
    }
    const [refused] = items.splice(Number(place), 1);
    this.#library.change(refused, { phase: 'refused', problem: problem.message });
    if (items.length > 0) this.#ask(items);
  }

  async #send(item) {
    const abort = new AbortController();
    this.#aborts.set(item.key, abort);
    await this.#through(async () => {
      if (item.phase !== 'queued') return;
      this.#library.change(item, { phase: 'sending', sent: 0, offline: !navigator.onLine });
      try {
        await this.#sendBytes(item, abort.signal);
        this.#library.change(item, { phase: 'sent', sent: item.bytes, begun: undefined });
      } catch (error) {
        if (error.name !== 'AbortError') this.#library.change(item, { phase: 'broken', problem: error.message });
      }
    });
    if (this.#aborts.get(item.key) === abort) this.#aborts.delete(item.key);
  }

  #sendBytes(item, signal) {
    const onSent = (sent) => this.#library.change(item, { sent: Math.min(sent, item.bytes) });
    if (item.bytes >= LARGE) {
      const onBegun = (begun) => this.#library.change(item, { begun });
      return sendInParts(item.file, target(item), { signal, onSent, begun: item.begun, onBegun });
    }
    const { url, headers } = item.granted.put;
    // This header is signed as well, but the browser sets it: it is the file's size, as declared.
    const { 'content-length': _, ...ours } = headers;
    return persist(() => send({ method: 'PUT', url, headers: ours, body: item.file, signal, onSent }), signal);
  }

  #abandonParts(item) {
    if (!item.begun) return;
    abandon(item.begun, target(item));
    this.#library.change(item, { begun: undefined });
  }
}

/** Returns the file's URL and credentials; the presigned URL contains S3's host and the path in S3's form. */
function target({ grant, granted }) {
  const address = new URL(granted.put.url);
  address.search = '';
  return { address: address.href, credentials: grant.credentials, region: grant.region };
}

/**
 * Declares a file. An empty file is sent without its size, which the API would refuse, so that Dozo reports the
 * fault.
 */
function declare({ name, bytes, file }) {
  return { name, ...(bytes > 0 && { bytes }), ...(file.type && { content_type: file.type }) };
}

/** A grant identifies files by name, so two files of the same name go into two grants. */
function batches(files) {
  const found = [];
  for (const file of files) {
    let batch = found.find((known) => known.length < GRANT_FILES && !known.some((other) => other.name === file.name));
    if (!batch) found.push(batch = []);
    batch.push(file);
  }
  return found;
}
