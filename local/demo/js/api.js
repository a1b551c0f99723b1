/**
 * Calls this page's own back end, which calls Dozo as the app and as its admin. Their keys stay there.
 */

import { Backend } from '/sdk/browser/index.js';

export const backend = new Backend('/api');

/** Requests an action on a media: `visibility`, `suspend`, `restore`, `retry`, `delete`, `put-captions` or `remove-captions`. */
export function changeMedia(media, what, body = {}) {
  const captions = `/media/${media}/captions/${encodeURIComponent(body.language)}`;
  if (what === 'put-captions') return backend.ask('PUT', captions, body.text, 'text/vtt');
  if (what === 'remove-captions') return backend.ask('DELETE', captions);
  if (what === 'delete') return backend.ask('DELETE', `/media/${media}`);
  return backend.ask('POST', `/media/${media}/${what}`, body);
}
