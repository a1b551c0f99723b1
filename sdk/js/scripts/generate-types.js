/**
 * Makes src/api.d.ts, the types of the API's requests and answers, from docs/openapi.json.
 *
 *     npm run generate               writes it
 *     npm run generate -- --check    fails if it is not what would be written
 */

import { readFile, writeFile } from 'node:fs/promises';
import openapi, { astToString } from 'openapi-typescript';

const description = new URL('../../../docs/openapi.json', import.meta.url);
const target = new URL('../src/api.d.ts', import.meta.url);

const head = '/** Generated from docs/openapi.json: `npm run generate` writes it again. */\n\n';
// The library has methods instead of routes.
const { paths: _, ...rest } = JSON.parse(await readFile(description, 'utf8'));
const made = head + astToString(await openapi({ ...rest, paths: {} }, { alphabetize: true, defaultNonNullable: false }));
if (!process.argv.includes('--check')) {
  await writeFile(target, made);
} else if (await readFile(target, 'utf8').catch(() => '') !== made) {
  console.error('sdk/js/src/api.d.ts is not that of docs/openapi.json; run: npm --prefix sdk/js run generate');
  process.exitCode = 1;
}
