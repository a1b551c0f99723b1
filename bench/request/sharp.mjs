/** The least that a function with sharp does: fetches the original, reduces and encodes it. */

import { createRequire } from 'node:module';

const require = createRequire(new URL('../images/package.json', import.meta.url));
const sharp = require('sharp');
sharp.concurrency(1);
sharp.cache(false);

export async function handler(event) {
  const asked = JSON.parse(Buffer.from(event.path.slice(1), 'base64').toString());
  const found = await fetch(`${process.env.AWS_ENDPOINT_URL_S3}/${asked.bucket}/${asked.key}`);
  if (!found.ok) throw new Error(`S3 answers ${found.status}`);
  const body = await sharp(Buffer.from(await found.arrayBuffer()))
    .rotate()
    .resize(asked.edits.resize)
    .toFormat(asked.outputFormat, { quality: 80 })
    .toBuffer();
  return { statusCode: 200, isBase64Encoded: true, headers: {}, body: body.toString('base64') };
}
