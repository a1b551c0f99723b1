/**
 * Calls the API for one app. Paths are made of checked names only, so a text from a browser cannot address anything else.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { Problem, problemOf } from '../problem.js';
import { Webhooks } from './hooks.js';
import { pages } from './pages.js';
import { signer } from './signing.js';

/** @typedef {import('../types.js').Media} Media */
/** @typedef {import('../types.js').Standing} Standing */
/**
 * What is listed: the media of an `upload`; or the newest first of those that have all of the rest. Times are texts such as
 * `2026-11-29T12:00:00Z`, or dates. `metadata` may name what the app's registration has in `indexed`.
 *
 * @typedef {{
 *   upload?: string, state?: string, kind?: string, tag?: string, metadata?: Record<string, string>,
 *   created_from?: string | Date, created_before?: string | Date, order?: 'newest' | 'oldest', after?: string,
 * }} Filter
 */

/** How often a call is tried. One may be repeated, as the API's description says, unless it makes a media each time. */
const ATTEMPTS = 4;

/** Milliseconds of the first pause between two attempts, which doubles. */
const FIRST_PAUSE = 200;

/** Milliseconds that an answer may take. API Gateway gives up after 30 seconds. */
const LIMIT = 35_000;

/** Milliseconds between two looks at a media that is waited for: the first, and the longest. */
const FIRST_LOOK = 300;
const LONGEST_LOOK = 5_000;

const BUSY = ['validating', 'processing', 'suspending', 'restoring', 'moving', 'updating', 'deleting'];

export class Dozo {
  #api;
  #app;
  #sign;
  #fetch;

  /**
   * @param {{api?: string, app?: string, region?: string, credentials?: import('./signing.js').CredentialSource, fetch?: typeof fetch}} [options]
   *   `api` is the base address (`DOZO_API`), `app` the app's name (`DOZO_APP`). The region is taken from the address or
   *   `AWS_REGION`, the credentials from the environment as the AWS SDKs do
   */
  constructor({ api = process.env.DOZO_API, app = process.env.DOZO_APP, region, credentials, fetch: own = globalThis.fetch } = {}) {
    if (!api) throw new TypeError('Give the address of the API as `api`, or as DOZO_API.');
    if (!app || !/^[a-z][a-z0-9-]{1,30}$/.test(app)) throw new TypeError('Give the name of the app as `app`, or as DOZO_APP.');
    this.#api = api.replace(/\/+$/, '');
    this.#app = app;
    this.#fetch = own;
    const signs = region ?? regionOf(this.#api) ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
    if (!signs) throw new TypeError('Give the region of the API as `region`, or as AWS_REGION.');
    this.#sign = signer(signs, credentials);
    /** The app's webhooks, for admins. */
    this.webhooks = new Webhooks((method, path, more) => this.call(method, path, more), app);
  }

  /**
   * Asks for credentials that upload files, for a browser: hand the answer on as it is.
   *
   * @param {import('../types.js').UploadWish} [wish]
   * @returns {Promise<import('../types.js').UploadGrant>}
   */
  startUpload(wish = {}) {
    return this.call('POST', `/apps/${this.#app}/uploads`, { body: wish });
  }

  /**
   * Has a file fetched from a public server. It is judged afterwards, as an upload is: see {@link untilSettled}.
   *
   * @param {import('../types.js').IngestWish} wish
   * @returns {Promise<import('../types.js').ExpectedMedia>}
   */
  ingest(wish) {
    return this.call('POST', `/apps/${this.#app}/ingest`, { body: wish, once: true });
  }

  /**
   * Copies a media that is ready. Into another app (`app`) it needs an admin's credentials.
   *
   * @param {string} media
   * @param {import('../types.js').CopyWish} [wish]
   * @returns {Promise<import('../types.js').ExpectedMedia>}
   */
  copy(media, wish = {}) {
    return this.#ofMedia('POST', media, '/copy', { body: wish, once: true, root: wish.app === undefined ? '' : '/admin' });
  }

  /**
   * @param {string} media
   * @returns {Promise<Media>}
   */
  show(media) {
    return this.#ofMedia('GET', media);
  }

  /**
   * Returns one page of a list: at most 100 media, and `next` for `after`. There may be fewer, or none, although there is a
   * `next`.
   *
   * @param {Filter} [filter]
   * @returns {Promise<import('../types.js').MediaPage>}
   */
  page({ metadata = {}, created_from, created_before, ...filter } = {}) {
    const query = { ...filter, created_from: time(created_from), created_before: time(created_before) };
    const fields = Object.entries(metadata).map(([name, value]) => [`metadata.${name}`, value]);
    return this.call('GET', `/apps/${this.#app}/media`, { query: { ...query, ...Object.fromEntries(fields) } });
  }

  /**
   * Lists media, page after page, as they are asked for: `for await (const media of dozo.list({ upload }))`.
   *
   * @param {Filter} [filter]
   * @returns {AsyncGenerator<Media, void, void>}
   */
  list(filter = {}) {
    return pages((after) => this.page({ ...filter, after }), filter.after);
  }

  /**
   * Tells how much the app uploaded on a day in UTC, such as `2026-11-29`, and how much it has stored now.
   *
   * @param {string} [day] of the last 400; today if left out
   * @returns {Promise<import('../types.js').Usage>}
   */
  usage(day) {
    return this.call('GET', `/apps/${this.#app}/usage`, { query: { day } });
  }

  /**
   * Asks for what opens a private media for a while: a signed address, or cookies.
   *
   * @param {string} media
   * @param {import('../types.js').AccessWish} wish
   * @returns {Promise<import('../types.js').AccessGrant>}
   */
  grantAccess(media, wish) {
    return this.#ofMedia('POST', media, '/grants', { body: wish });
  }

  /**
   * Says what the app knows about a media. What is left out stays, and null removes.
   *
   * @param {string} media
   * @param {import('../types.js').Description} description
   * @param {{ifMatch?: string}} [options] the `ETag` that the media must still have
   * @returns {Promise<import('../types.js').Described>}
   */
  describe(media, description, { ifMatch } = {}) {
    return this.#ofMedia('PATCH', media, '', { body: description, headers: ifMatch ? { 'if-match': ifMatch } : {} });
  }

  /**
   * @param {string} media
   * @param {import('../types.js').Visibility} visibility
   * @returns {Promise<Standing>}
   */
  setVisibility(media, visibility) {
    return this.#ofMedia('POST', media, '/visibility', { body: { visibility } });
  }

  /**
   * Puts WebVTT or SubRip in a language such as `de` or `pt-BR`.
   *
   * @param {string} media
   * @param {string} language
   * @param {string} text
   * @param {{name?: string}} [options] what players list
   * @returns {Promise<Standing>}
   */
  putCaptions(media, language, text, { name } = {}) {
    return this.#ofMedia('PUT', media, `/captions/${tag(language)}`, { body: text, type: 'text/vtt', query: { name } });
  }

  /**
   * @param {string} media
   * @param {string} language
   * @returns {Promise<Standing>}
   */
  removeCaptions(media, language) {
    return this.#ofMedia('DELETE', media, `/captions/${tag(language)}`);
  }

  /**
   * @param {string} media a film
   * @param {number} at seconds
   * @returns {Promise<import('../types.js').Poster>}
   */
  choosePoster(media, at) {
    return this.#ofMedia('POST', media, '/poster', { body: { at } });
  }

  /**
   * @param {string} media
   * @param {{x: number, y: number} | null} point shares of width and height; null forgets it
   * @returns {Promise<import('../types.js').Focus>}
   */
  setFocus(media, point) {
    return this.#ofMedia('POST', media, '/focus', { body: point ?? {} });
  }

  /**
   * Erases a media everywhere, for good.
   *
   * @param {string} media
   * @returns {Promise<Standing>}
   */
  delete(media) {
    return this.#ofMedia('DELETE', media);
  }

  /**
   * Takes a media down. This and {@link restore} and {@link retry} need an admin's credentials.
   *
   * @param {string} media
   * @param {import('../types.js').Suspension} why
   * @returns {Promise<Standing>}
   */
  suspend(media, why) {
    return this.#ofMedia('POST', media, '/suspend', { body: why, root: '/admin' });
  }

  /**
   * @param {string} media
   * @returns {Promise<Standing>}
   */
  restore(media) {
    return this.#ofMedia('POST', media, '/restore', { root: '/admin' });
  }

  /**
   * @param {string} media that is failed
   * @returns {Promise<Standing>}
   */
  retry(media) {
    return this.#ofMedia('POST', media, '/retry', { root: '/admin' });
  }

  /**
   * Waits until a media's state changes only if somebody acts: ready, rejected, suspended and so on. One that does not exist
   * yet is waited for, too, because it appears within seconds of its upload. A webhook costs less than this.
   *
   * @param {string} media
   * @param {{signal?: AbortSignal}} [options] such as `AbortSignal.timeout(60_000)`
   * @returns {Promise<Media>}
   */
  async untilSettled(media, { signal } = {}) {
    for (let wait = FIRST_LOOK; ; wait = Math.min(wait * 1.5, LONGEST_LOOK)) {
      signal?.throwIfAborted();
      const found = await this.show(media).catch((error) => {
        if (error instanceof Problem && error.code === 'unknown_media' && isId(media)) return undefined;
        throw error;
      });
      if (found && !BUSY.includes(found.state)) return found;
      await pause(wait, undefined, { signal });
    }
  }

  /**
   * @param {string} method
   * @param {string} media
   * @param {string} [rest]
   * @param {{root?: string} & CallOptions} [options]
   */
  async #ofMedia(method, media, rest = '', { root = '', ...options } = {}) {
    if (!isId(media)) throw new Problem({ status: 404, code: 'unknown_media', detail: 'There is no media of this name.' });
    return this.call(method, `${root}/apps/${this.#app}/media/${media}${rest}`, options);
  }

  /**
   * Calls any route. What passes by itself is tried again: no answer, 502 to 504, and the throttling of API Gateway.
   *
   * @typedef {{query?: Record<string, string | undefined>, body?: unknown, type?: string, headers?: Record<string, string>, once?: boolean}} CallOptions
   * @param {string} method
   * @param {string} path such as `/admin/apps`
   * @param {CallOptions} [options] a body of another `type` than JSON is a text; with `once`, only what API Gateway throttled is tried
   *   again, because it did nothing
   * @returns {Promise<any>} the answer; throws a {@link Problem}
   */
  async call(method, path, { query = {}, body, type = 'application/json', headers = {}, once = false } = {}) {
    const url = new URL(this.#api + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    // As the signature writes them: of RFC 3986, with %20 for a space.
    url.search = url.search.replace(/\+/g, '%20').replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
    const text = body === undefined ? undefined : written(body, type);
    const sent = { ...headers, ...(text !== undefined && { 'content-type': type }) };
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#once({ method, url, headers: sent, body: text });
      if (answer.ok) return answer.json();
      const problem = await problemOf(answer);
      if (attempt === ATTEMPTS || !isPassing(problem, once)) throw problem;
      await pause(FIRST_PAUSE * 2 ** attempt * (0.5 + Math.random() / 2));
    }
  }

  /**
   * @param {{method: string, url: URL, headers: Record<string, string>, body?: string}} request
   * @returns {Promise<Response>} also if nobody answers
   */
  async #once(request) {
    const headers = await this.#sign(request);
    const { method, url, body } = request;
    try {
      return await this.#fetch(url, { method, headers, body, redirect: 'error', signal: AbortSignal.timeout(LIMIT) });
    } catch (error) {
      const detail = `The API does not answer: ${/** @type {Error} */ (error).message}`;
      return new Response(JSON.stringify({ code: 'unreachable', detail }), { status: 504 });
    }
  }
}

/**
 * @param {Problem} problem
 * @param {boolean} once whether the call may have had its effect although its answer is lost
 */
function isPassing({ status, code }, once) {
  return (!once && status >= 502 && status <= 504) || (status === 429 && code === 'unknown');
}

/**
 * @param {unknown} body
 * @param {string} type
 */
function written(body, type) {
  return type === 'application/json' ? JSON.stringify(body) : String(body);
}

/** @param {string | Date | undefined} moment */
function time(moment) {
  return moment instanceof Date ? moment.toISOString() : moment;
}

/** @param {unknown} text */
function isId(text) {
  return typeof text === 'string' && /^[0-9a-z-]{1,64}$/.test(text);
}

/** @param {string} language */
function tag(language) {
  if (/^[A-Za-z0-9-]{1,64}$/.test(language)) return language;
  throw new Problem({ status: 400, code: 'invalid_request', field: 'language', detail: 'Give a language such as de or pt-BR.' });
}

/** @param {string} api */
function regionOf(api) {
  return /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(new URL(api).hostname)?.[1];
}
