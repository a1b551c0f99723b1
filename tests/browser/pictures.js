/** Makes files to upload. */

import { deflateSync, crc32 } from 'node:zlib';

/** Returns a photo of 1200 × 800, encoded by a browser's canvas; it differs for every seed. */
export async function photo(page, name, seed = 1) {
  const bytes = await page.evaluate(async (hue) => {
    const canvas = new OffscreenCanvas(1200, 800);
    const pen = canvas.getContext('2d');
    const sky = pen.createLinearGradient(0, 0, 0, 800);
    sky.addColorStop(0, `hsl(${hue} 70% 80%)`);
    sky.addColorStop(1, `hsl(${hue + 60} 60% 40%)`);
    pen.fillStyle = sky;
    pen.fillRect(0, 0, 1200, 800);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, seed * 47);
  return { name, mimeType: 'image/jpeg', buffer: Buffer.from(bytes) };
}

/** Returns a valid PNG whose pixels are stored uncompressed: `width × height × 3` bytes and a few. */
export function storedPng(name, width, height) {
  const row = width * 3 + 1;
  const pixels = Buffer.alloc(row * height);
  for (let place = 0; place < pixels.length; place += 1) {
    // The first byte of a row is its filter, which is none.
    if (place % row !== 0) pixels[place] = (place % row) ^ Math.floor(place / row);
  }
  return png(name, width, height, deflateSync(pixels, { level: 0 }));
}

/** Returns a PNG whose header promises this many pixels, but which has none. */
export function promisingPng(name, width, height) {
  return png(name, width, height, deflateSync(Buffer.alloc(0)));
}

/** Returns an HTML page that is declared as a JPEG. */
export function html(name) {
  const buffer = Buffer.from('<!doctype html><title>Invoice</title><script>alert(document.domain)</script>');
  return { name, mimeType: 'image/jpeg', buffer };
}

/** Returns a PNG with 8 bits each of red, green and blue per pixel. */
function png(name, width, height, data) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const buffer = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0)),
  ]);
  return { name, mimeType: 'image/png', buffer };
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
