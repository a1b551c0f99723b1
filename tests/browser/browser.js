/**
 * Starts the browser that the tests drive: `CHROMIUM`, else the system's, else the one in an npm package.
 *
 * The exit code of `node browser.js` tells whether a browser starts.
 */

import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';

const SYSTEM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Turns off the browser's own background requests; root needs `no-sandbox`, and all pages are ours. */
const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];

/** @returns {Promise<import('playwright-core').Browser>} */
export async function launch() {
  // Without a locale of UTF-8, Chromium saves a download as `download` if its name has other letters than English ones.
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  return chromium.launch({ executablePath: await find(), args: ARGUMENTS, headless: true, env });
}

async function find() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const installed = SYSTEM.find(isProgram);
  if (installed) return installed;
  // The package also has the libraries that a server lacks, but unpacks them only if it believes that it is on Lambda.
  process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs20.x';
  const { default: packaged } = await import('@sparticuz/chromium');
  const program = await packaged.executablePath();
  process.env.FONTCONFIG_FILE ??= fonts(dirname(program));
  return program;
}

/** Writes a list of fonts: the package's own names /tmp wherever it is unpacked, and without fonts Chromium dies. */
function fonts(directory) {
  const list = join(directory, 'fonts.conf');
  const dirs = [join(directory, 'fonts'), '/usr/share/fonts'].map((dir) => `<dir>${dir}</dir>`).join('');
  writeFileSync(list, `<fontconfig>${dirs}<cachedir>${join(directory, 'fonts-cache')}</cachedir></fontconfig>\n`);
  return list;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

if (process.argv[1] === import.meta.filename) {
  try {
    const browser = await launch();
    console.log(`Chromium ${browser.version()}`);
    await browser.close();
  } catch (error) {
    // Show the first line and the program's own messages, but not the flags that it was started with.
    const [first, ...rest] = error.message.split('\n');
    const said = rest.filter((line) => /\[err\]|cannot|no such file/i.test(line));
    console.error([first, ...said].join('\n'));
    process.exitCode = 1;
  }
}
