/**
 * Signs requests for the API (Signature Version 4 for `execute-api`) by AWS's own packages, with the credentials of the
 * environment: variables, a role of a container or a function, a profile.
 */

import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

/** @typedef {{accessKeyId: string, secretAccessKey: string, sessionToken?: string, expiration?: Date}} AwsCredentials */
/** @typedef {AwsCredentials | (() => Promise<AwsCredentials>)} CredentialSource */

/** SHA-256 as the signer wants it: of a message, or keyed. */
class Sha256 {
  #hash;

  /** @param {any} [secret] */
  constructor(secret) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }

  /** @param {any} data */
  update(data) {
    this.#hash.update(data);
  }

  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
}

/**
 * Returns a function that signs a request.
 *
 * @param {string} region
 * @param {CredentialSource} [credentials] those of the environment, if none are given
 */
export function signer(region, credentials = ofEnvironment()) {
  const signature = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  /**
   * @param {{method: string, url: URL, headers: Record<string, string>, body?: string}} request
   * @returns {Promise<Record<string, string>>} the headers to send, without `host`, which `fetch` sends itself
   */
  return async ({ method, url, headers, body }) => {
    const signed = await signature.sign({
      method, protocol: url.protocol, hostname: url.hostname, path: url.pathname, query: Object.fromEntries(url.searchParams),
      headers: { ...headers, host: url.host }, body,
    });
    const { host: _, ...sent } = signed.headers;
    return sent;
  };
}

/** Looks for the credentials when they are needed for the first time; whoever gives some needs no such package. */
function ofEnvironment() {
  /** @type {(() => Promise<AwsCredentials>) | undefined} */
  let provider;
  return async () => {
    provider ??= (await import('@aws-sdk/credential-provider-node')).defaultProvider();
    return provider();
  };
}
