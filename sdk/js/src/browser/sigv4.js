/**
 * Presigns S3 URLs in the browser with temporary credentials (Signature Version 4, in the query).
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 *
 * The browser signs instead of the back end, because the credentials are meant to be handed out and give access to
 * one prefix only; so the back end neither keeps them nor has to decide again which parts to sign. Only S3 requests
 * are signed, with their host; bodies are not hashed, because reading a large file twice would take longer than
 * sending it.
 */

const text = new TextEncoder();

/**
 * @param {string} method
 * @param {URL | string} address of the object, path already percent-encoded as S3 wants it; its query is left out
 * @param {Record<string, string | number>} query such as `{uploadId, partNumber}`
 * @param {import('../types.js').Credentials} credentials
 * @param {string} region
 * @param {Date} now
 * @returns {Promise<string>} an address good for 15 minutes
 */
export async function presign(method, address, query, credentials, region, now) {
  const url = new URL(address);
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/s3/aws4_request`;
  const parameters = {
    ...query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD',
    'X-Amz-Credential': `${credentials.AccessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': '900',
    'X-Amz-Security-Token': credentials.SessionToken,
    'X-Amz-SignedHeaders': 'host',
  };
  const canonicalQuery = Object.entries(parameters)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonicalRequest = [
    method, url.pathname, canonicalQuery, `host:${url.host}\n`, 'host', 'UNSIGNED-PAYLOAD',
  ].join('\n');
  const digest = hex(await crypto.subtle.digest('SHA-256', text.encode(canonicalRequest)));

  /** @type {BufferSource} */
  let key = text.encode(`AWS4${credentials.SecretAccessKey}`);
  for (const part of scope.split('/')) key = await hmac(key, part);
  const signature = hex(await hmac(key, ['AWS4-HMAC-SHA256', time, scope, digest].join('\n')));
  return `${url.origin}${url.pathname}?${canonicalQuery}&X-Amz-Signature=${signature}`;
}

/**
 * @param {BufferSource} key
 * @param {string} message
 */
async function hmac(key, message) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  return crypto.subtle.sign('HMAC', imported, text.encode(message));
}

/** @param {ArrayBuffer} bytes */
function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Encodes as in RFC 3986, including the characters that `encodeURIComponent` leaves alone.
 *
 * @param {string | number} value
 */
function encode(value) {
  return encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
