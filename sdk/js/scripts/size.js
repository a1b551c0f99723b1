/** Fails if what browsers load is larger than promised: all of `dozo/browser` and `dozo/elements`, minified and compressed. */

import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';

/** Bytes after gzip, as the readme promises. */
const MOST = 12_000;

const entry = (code) => ({ stdin: { contents: code, resolveDir: new URL('..', import.meta.url).pathname }, bundle: true, minify: true,
  write: false, format: 'esm', platform: 'browser', target: 'es2022', logLevel: 'error' });

for (const [name, code] of [['dozo/browser', 'export * from "dozo/browser"'], ['dozo/elements', 'export * from "dozo/elements"'],
  ['both', 'export * from "dozo/browser"; export * from "dozo/elements"']]) {
  const { outputFiles: [{ contents }] } = await build(entry(code));
  const bytes = gzipSync(contents, { level: 9 }).length;
  console.log(`${name}: ${bytes} bytes of ${MOST}, from ${contents.length}`);
  if (bytes > MOST) {
    console.error(`${name} is larger than promised`);
    process.exitCode = 1;
  }
}
