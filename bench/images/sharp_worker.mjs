// sharp, one thread, no cache. See worker.md for what is asked and answered.
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import sharp from "sharp";

sharp.concurrency(1);
sharp.cache(false);

const sources = new Map();

async function render(line) {
  const [source, crop, width, height, format, quality, destination] = line.split("\t");
  if (!sources.has(source)) {
    sources.clear();
    sources.set(source, readFileSync(source));
  }
  const bytes = sources.get(source);
  const [encoding, pace] = format.split("-");
  const options = { quality: Number(quality), ...(pace === "fast" && { effort: 2 }) };
  const start = process.hrtime.bigint();
  let pipeline = sharp(bytes).autoOrient();
  if (crop !== "-") {
    const [left, top, across, down] = crop.split(",").map(Number);
    pipeline = pipeline.extract({ left, top, width: across, height: down });
  }
  if (encoding === "jpeg") pipeline = pipeline.flatten({ background: "white" });
  const out = await pipeline
    .resize(Number(width), Number(height), { fit: "fill" })
    .toFormat(encoding, options)
    .toBuffer();
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  if (destination !== "-") writeFileSync(destination, out);
  process.stdout.write(`${milliseconds}\t${out.length}\n`);
}

if (process.argv.length > 2) {
  await render(process.argv.slice(2).join("\t"));
} else {
  for await (const line of createInterface({ input: process.stdin })) await render(line);
}
