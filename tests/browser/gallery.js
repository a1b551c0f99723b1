/** The Express example of sdk/js, run as its readme says, before the stack that `DOZO_STACK` names. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { openPage, stack } from './stage.js';

const PROGRAM = new URL('../../sdk/js/examples/express/server.js', import.meta.url).pathname;

/**
 * Starts the example on a free port and opens it; both end with the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function openGallery(t, options = {}) {
  const { app, admin } = stack.credentials;
  const env = {
    PATH: process.env.PATH, PORT: '0', DOZO_API: stack.api, DOZO_APP: 'demo', AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: app.access_key_id, AWS_SECRET_ACCESS_KEY: app.secret_access_key,
    ADMIN_ACCESS_KEY_ID: admin.access_key_id, ADMIN_SECRET_ACCESS_KEY: admin.secret_access_key,
  };
  const server = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => server.kill());
  const [address] = await Promise.race([
    once(createInterface({ input: server.stdout }), 'line'),
    once(server, 'exit').then(([code]) => { throw new Error(`the example ended with ${code}`); }),
  ]);
  return openPage(t, address, options);
}

/** Waits for the row of a file in `<dozo-upload>` in one of these states; returns it. */
export async function row(page, name, ...states) {
  const wanted = states.map((state) => `[data-state="${state}"]`).join(', ');
  const found = page.locator('dozo-upload li').and(page.locator(wanted)).filter({ hasText: name });
  await found.waitFor();
  return found;
}
