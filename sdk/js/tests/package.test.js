/** The package as others get it: every entry point loads where it should, and says what it has. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);

test('every entry point is there', async () => {
  const { exports, files } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
  assert.deepEqual(Object.keys(exports), ['./server', './browser', './elements']);
  for (const { types, default: code } of Object.values(exports)) {
    await readFile(new URL(code, root));
    assert.equal(types, code.replace('src', 'types').replace(/\.js$/, '.d.ts'));
  }
  assert.deepEqual(files, ['src', 'types']);
});

test('an app in TypeScript finds the declarations, which are not too loose', () => {
  const run = (program, ...words) => {
    const { status, stdout, stderr } = spawnSync(program, words, { cwd: fileURLToPath(root), encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  };
  run(process.execPath, 'scripts/declarations.js');
  run('node_modules/.bin/tsc', ...'--noEmit --strict --module nodenext --target es2022 --lib es2022,dom,esnext.asynciterable --types node tests/consumer.ts'.split(' '));
});

test('the elements can be imported on a server', async () => {
  const { DozoImage, DozoUpload } = await import('dozo/elements');
  assert.equal(typeof DozoImage, 'function');
  assert.equal(typeof DozoUpload, 'function');
});

test('the browser’s modules import nothing that a browser does not find', async () => {
  const seen = new Set();
  const walk = async (url) => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    const code = await readFile(url, 'utf8');
    for (const [, from] of code.matchAll(/^(?:import|export) .* from '([^']+)';$/gm)) {
      assert.match(from, /^\.\.?\/.*\.js$/, url.pathname);
      await walk(new URL(from, url));
    }
  };
  await walk(new URL('src/browser/index.js', root));
  await walk(new URL('src/elements/index.js', root));
  assert.ok(seen.size > 10);
});

test('the example has fewer than 40 lines', async () => {
  const code = await readFile(new URL('examples/express/server.js', root), 'utf8');
  assert.ok(code.trimEnd().split('\n').length < 40);
});
