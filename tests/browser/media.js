/** Uploads, shows and grants media through the demo's back end, without a page. */

import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { stack } from './stage.js';

async function ask(path, body) {
  const request = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(`${stack.demo}${path}`, request);
  const text = await answer.text();
  assert.ok(answer.ok, `${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/**
 * Uploads a file as private media.
 *
 * @param {{name: string, mimeType: string, buffer: Buffer}} file
 * @returns {Promise<object>} the media, once it is ready
 */
export async function uploadPrivate({ name, mimeType, buffer }) {
  const wish = { visibility: 'private', files: [{ name, bytes: buffer.length, content_type: mimeType }] };
  const [{ media, put }] = (await ask('/api/uploads', wish)).files;
  const { 'content-length': _, ...headers } = put.headers;
  const sent = await fetch(put.url, { method: 'PUT', headers, body: buffer });
  assert.ok(sent.ok, `PUT: ${sent.status} ${await sent.text()}`);
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answer = await fetch(`${stack.demo}/api/media/${media}`);
    const view = answer.ok ? await answer.json() : { state: 'unseen' };
    if (view.state === 'ready') return view;
    assert.ok(!['rejected', 'failed'].includes(view.state), view.state);
    await setTimeout(300);
  }
  return assert.fail(`${media} does not become ready`);
}

/** Returns the API's answer to `POST …/grants`. */
export function grant(media, wish) {
  return ask(`/api/media/${media}/grants`, wish);
}
