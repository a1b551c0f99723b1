/**
 * Sends files: requests a grant, then sends each file directly to S3, a few at a time.
 *
 * A small file is sent to its presigned URL in one request; a large one in parts, with the grant's credentials.
 */

import { Problem } from '../problem.js';
import { send } from './bucket.js';
import { UNDER_WAY } from './library.js';
import { abandon, arrived, LARGE, sendInParts } from './multipart.js';
import { gate, isOffline, online, persist } from './patience.js';

/** @typedef {import('../types.js').Item} Item */
/** @typedef {import('../types.js').Wish} Wish */
/** @typedef {Error & {code?: string, field?: string}} Refusal */

/** Files that are sent at the same time. A browser opens six connections to a host, and a large file uses two. */
const AT_ONCE = 3;

/** Files in one grant: as many as the API lists on one page. */
const GRANT_FILES = 100;

/** A grant that expires in less than this many milliseconds is not used for a new upload. */
const GRANT_REST = 5 * 60 * 1000;

/** The range of seconds that a grant is asked for, and the slowest connection, in bytes a second, on which its files go out by then. */
const SHORTEST = 3_600;
const LONGEST = 43_200;
const SLOWEST = 250_000;

export class Uploader {
  #library;
  #backend;
  #life;
  #through = gate(AT_ONCE);
  #aborts = /** @type {Map<Item, AbortController>} */ (new Map());

  /**
   * @param {import('./library.js').Library} library
   * @param {Pick<import('../types.js').BackendCalls, 'startUpload'>} backend
   * @param {AbortSignal} signal ends it, with every upload in progress
   */
  constructor(library, backend, signal) {
    this.#library = library;
    this.#backend = backend;
    this.#life = signal;
    library.addEventListener('removed', (event) => {
      this.#abort(/** @type {CustomEvent<{item: Item}>} */ (event).detail.item);
    }, { signal });
    for (const name of ['online', 'offline']) globalThis.addEventListener?.(name, () => this.#tellOfNetwork(), { signal });
    signal.addEventListener('abort', () => this.#aborts.forEach((_, item) => this.#abort(item)));
  }

  /**
   * A file whose upload was interrupted goes on where that stopped.
   *
   * @param {Iterable<File>} files
   * @param {Wish} wish
   * @returns {Item[]} in the order of the files
   */
  add(files, wish) {
    /** @type {Item[]} */
    const fresh = [];
    // The list shows the newest first, but files that are chosen together in the order of their choice.
    const items = [...files].reverse().map((file) => {
      const stopped = this.#library.interrupted(file, wish.visibility);
      const item = stopped ?? this.#library.enter(file, wish.visibility);
      if (stopped) {
        item.file = file;
        this.retry(item);
      } else {
        fresh.unshift(item);
      }
      return item;
    }).reverse();
    for (const batch of batches(fresh)) this.#ask(batch, wish);
    return items;
  }

  /** @param {Item} item */
  pause(item) {
    if (!UNDER_WAY.includes(item.phase)) return;
    this.#library.change(item, { phase: 'paused' });
    this.#abort(item);
  }

  /** @param {Item} item */
  cancel(item) {
    this.#library.change(item, { phase: 'cancelled' });
    this.#abort(item);
    if (item.begun && item.ticket) abandon(item.begun, item.ticket);
    this.#library.change(item, { begun: undefined });
  }

  /**
   * Continues where the upload stopped while its grant is valid; otherwise starts again with a new one.
   *
   * @param {Item} item
   */
  retry(item) {
    if (!item.file || this.#aborts.has(item)) return;
    this.#library.change(item, { problem: undefined, phase: 'queued' });
    this.#send(item);
  }

  /** @param {Item} item */
  #abort(item) {
    this.#aborts.get(item)?.abort();
    this.#aborts.delete(item);
  }

  /** Uploads in progress wait for the network by themselves, and continue with the parts that were sent. */
  #tellOfNetwork() {
    for (const item of this.#library.items()) {
      if (this.#aborts.has(item)) this.#library.change(item, { offline: isOffline() });
    }
  }

  /**
   * @param {Item[]} items
   * @param {Wish} wish
   */
  async #ask(items, wish) {
    try {
      await online();
      const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
      const duration_seconds = Math.min(Math.max(Math.floor(bytes / SLOWEST), SHORTEST), LONGEST);
      const grant = await this.#backend.startUpload({ duration_seconds, ...wish, files: items.map(declare) });
      const { files = [], upload, region, AccessKeyId, SecretAccessKey, SessionToken, Expiration } = grant;
      const credentials = { AccessKeyId, SecretAccessKey, SessionToken };
      items.forEach((item, place) => {
        const granted = files[place];
        if (item.phase !== 'asking' && item.phase !== 'paused') return;
        if (!granted) throw new Problem();
        const skew = skewOf(granted.put.url);
        const ticket = { ...granted.put, credentials, region, skew, ends: Date.parse(Expiration) - skew };
        const phase = item.phase === 'paused' ? item.phase : 'queued';
        this.#library.change(item, { ticket, upload, media: granted.media, phase, begun: undefined });
        // One whose turn has come asks by itself.
        if (phase === 'queued' && !this.#aborts.has(item)) this.#send(item);
      });
    } catch (problem) {
      await this.#takeRefusal(items, wish, /** @type {Refusal} */ (problem));
    }
  }

  /**
   * A file that is not accepted does not stop the others, and what is too much for a quota is asked for in halves. A back end
   * whose credentials are those of a role gets no more than an hour.
   *
   * @param {Item[]} items
   * @param {Wish} wish
   * @param {Refusal} problem
   */
  async #takeRefusal(items, wish, { message, code, field = '' }) {
    if (field === 'duration_seconds' && wish.duration_seconds !== SHORTEST) return this.#ask(items, { ...wish, duration_seconds: SHORTEST });
    const place = /^files\[(\d+)\]/.exec(field)?.[1];
    const [refused] = place ? items.splice(Number(place), 1) : [];
    if (refused) {
      this.#library.change(refused, { phase: 'refused', problem: message });
      if (items.length > 0) this.#ask(items, wish);
    } else if (code === 'quota_exceeded' && field === 'files' && items.length > 1) {
      await this.#ask(items.splice(0, items.length / 2), wish);
      this.#ask(items, wish);
    } else {
      for (const item of items) {
        if (item.phase !== 'asking') continue;
        // Whoever hears of it may try again at once.
        this.#aborts.delete(item);
        this.#library.change(item, { phase: 'broken', problem: message });
      }
    }
  }

  /** @param {Item} item */
  async #send(item) {
    if (this.#life.aborted) return;
    const abort = new AbortController();
    this.#aborts.set(item, abort);
    const isCurrent = () => this.#aborts.get(item) === abort;
    const isStopped = () => !isCurrent() || item.phase !== 'queued';
    /** @type {Partial<Item>} */
    let end = { phase: 'sent', sent: item.bytes, begun: undefined, ticket: undefined };
    await this.#through(async () => {
      if (isStopped()) return;
      if ((item.ticket?.ends ?? 0) - Date.now() < GRANT_REST) {
        this.#library.change(item, { phase: 'asking' });
        await this.#ask([item], { visibility: item.visibility });
        if (isStopped()) return;
      }
      this.#library.change(item, { phase: 'sending', sent: arrived(item.bytes, item.begun), offline: isOffline() });
      await this.#sendBytes(item, abort.signal);
    }).catch(({ message }) => {
      end = { phase: 'broken', problem: message };
    });
    if (!isCurrent()) return;
    // Whoever hears of the end may try again at once.
    this.#aborts.delete(item);
    // It may be known already that Dozo has the file.
    if (item.phase === 'sending') this.#library.change(item, end);
  }

  /**
   * @param {Item} item
   * @param {AbortSignal} signal
   */
  async #sendBytes(item, signal) {
    const { file, ticket, begun } = item;
    if (!file || !ticket) return;
    /** @param {number} sent */
    const onSent = (sent) => {
      if (!signal.aborted) this.#library.change(item, { sent: Math.min(sent, item.bytes) });
    };
    if (item.bytes >= LARGE) {
      await sendInParts(file, ticket, { signal, onSent, begun, onBegun: (now) => this.#library.change(item, { begun: now }) });
      return;
    }
    // This header is signed as well, but the browser sets it: it is the file's size, as declared.
    const { 'content-length': _, ...headers } = ticket.headers;
    await persist(() => send({ method: 'PUT', url: ticket.url, headers, body: file, signal, onSent }), signal);
  }
}

/**
 * Returns how many milliseconds this browser's clock is behind that of the server, which signed an address just now. S3 refuses
 * signatures that are 15 minutes off.
 *
 * @param {string} url
 */
function skewOf(url) {
  const date = new URL(url).searchParams.get('X-Amz-Date') ?? '';
  return Date.parse(date.replace(/(....)(..)(..T..)(..)/, '$1-$2-$3:$4:')) - Date.now() || 0;
}

/**
 * Declares a file. An empty file is sent without its size, which the API would refuse, so that Dozo reports the
 * fault.
 *
 * @param {Item} item
 */
function declare({ name, bytes, file }) {
  return { name, ...(bytes > 0 && { bytes }), ...(file?.type && { content_type: file.type }) };
}

/**
 * A grant identifies files by name, so two files of the same name go into two grants.
 *
 * @param {Item[]} items
 */
function batches(items) {
  /** @type {Item[][]} */
  const found = [];
  for (const item of items) {
    const batch = found.find((known) => known.length < GRANT_FILES && !known.some(({ name }) => name === item.name));
    if (batch) batch.push(item);
    else found.push([item]);
  }
  return found;
}
