/** Makes types/, the declarations that the package ships with, out of the modules' comments: before it is packed. */

import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
rmSync(`${root}/types`, { recursive: true, force: true });
execFileSync(`${root}/node_modules/.bin/tsc`, ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', 'src', '--outDir', 'types'],
  { cwd: root, stdio: 'inherit' });
for (const name of readdirSync(`${root}/src`).filter((one) => one.endsWith('.d.ts'))) copyFileSync(`${root}/src/${name}`, `${root}/types/${name}`);
