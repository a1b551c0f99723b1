/** Calls the API as an admin, and S3 as the account's root, signed by curl. */

import { execFileSync } from 'node:child_process';
import { stack } from './stage.js';

/**
 * Calls the API as an admin.
 *
 * @param {string} method
 * @param {string} path such as `/admin/apps/demo`
 * @param {object} [body]
 * @returns {object} the answer; an answer of 400 or above throws
 */
export function admin(method, path, body) {
  const { access_key_id: id, secret_access_key: secret } = stack.credentials.admin;
  return JSON.parse(send('execute-api', `${id}:${secret}`, method, `${stack.api}${path}`, body));
}

/** Changes the record of a media directly in the bucket. */
export function rewriteRecord(media, change) {
  const url = `${stack.aws_endpoint}/${stack.buckets.records}/media/demo/${media}.json`;
  const record = JSON.parse(send('s3', 'test:test', 'GET', url));
  send('s3', 'test:test', 'PUT', url, { ...record, ...change });
}

function send(service, user, method, url, body) {
  const words = [
    '--silent', '--show-error', '--fail', '--noproxy', '*', '--aws-sigv4', `aws:amz:${stack.region}:${service}`,
    '--user', user, '--request', method, '--header', 'content-type: application/json',
  ];
  if (body) words.push('--data', JSON.stringify(body));
  return execFileSync('curl', [...words, url], { encoding: 'utf8' });
}
