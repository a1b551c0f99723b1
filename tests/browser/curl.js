/** The API as its admin calls it, signed by curl. */

import { execFileSync } from 'node:child_process';
import { stack } from './stage.js';

/**
 * @param {string} method
 * @param {string} path such as `/admin/apps/demo`
 * @param {object} [body]
 * @returns {object} the answer; an answer of 400 or above throws
 */
export function admin(method, path, body) {
  const { access_key_id: id, secret_access_key: secret } = stack.credentials.admin;
  const words = [
    '--silent', '--show-error', '--fail', '--noproxy', '*', '--aws-sigv4', `aws:amz:${stack.region}:execute-api`,
    '--user', `${id}:${secret}`, '--request', method, '--header', 'content-type: application/json',
  ];
  if (body) words.push('--data', JSON.stringify(body));
  return JSON.parse(execFileSync('curl', [...words, `${stack.api}${path}`], { encoding: 'utf8' }));
}
