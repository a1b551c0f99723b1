/**
 * Calls this page's own back end, which calls Dozo as the app. The app's key stays there.
 */

/** An error with its problem document (RFC 9457), if there is one. */
export class Problem extends Error {
  /** @param {{code?: string, detail?: string, title?: string, field?: string, status?: number}} document */
  constructor(document) {
    super(document.detail ?? document.title ?? 'The server gave no reason.');
    this.code = document.code ?? 'unknown';
    this.field = document.field ?? '';
    this.status = document.status ?? 0;
  }
}

/** Requests credentials for these files: `[{name, bytes?, content_type?}]`. Returns the grant. */
export function startUpload(files, visibility) {
  return post('/api/uploads', { files, visibility });
}

/** Requests a grant for a private media: `{expires_in, starts_in?, ip?, as}`. Returns it. */
export function grantAccess(media, wish) {
  return post(`/api/media/${media}/grants`, wish);
}

/** Requests an action on a media: `visibility`, `suspend`, `restore`, `retry`, `delete`, `put-captions` or `remove-captions`. */
export function changeMedia(media, what, body = {}) {
  const captions = `/api/media/${media}/captions/${encodeURIComponent(body.language)}`;
  if (what === 'put-captions') return ask(captions, { method: 'PUT', headers: { 'content-type': 'text/vtt' }, body: body.text });
  if (what === 'remove-captions') return ask(captions, { method: 'DELETE' });
  if (what === 'delete') return ask(`/api/media/${media}`, { method: 'DELETE' });
  return post(`/api/media/${media}/${what}`, body);
}

/** Returns all media of one upload that Dozo knows so far. */
export async function mediaOf(upload) {
  const found = [];
  let after = '';
  do {
    const query = after ? `?after=${after}` : '';
    const page = await ask(`/api/uploads/${upload}/media${query}`);
    found.push(...page.items);
    after = page.next;
  } while (after);
  return found;
}

function post(path, body) {
  return ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

async function ask(path, request) {
  let answer;
  try {
    answer = await fetch(path, request);
  } catch {
    throw new Problem({ code: 'offline', detail: 'The server does not answer. Is Dozo still running?' });
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem({ status: answer.status, ...body });
  return body;
}
