"""Pillow: scaled decoding (draft), then Lanczos with its default reducing gap of `thumbnail`. See worker.md."""

import io
import sys
import time

from PIL import Image, ImageOps

# https://exiftool.org/TagNames/EXIF.html
ORIENTATION = 0x0112

sources = {}


def render(line):
    source, crop, width, height, kind, quality, destination = line.split("\t")
    if source not in sources:
        sources.clear()
        sources[source] = open(source, "rb").read()
    size = (int(width), int(height))
    start = time.perf_counter()
    image = Image.open(io.BytesIO(sources[source]))
    if crop == "-":
        # As it is stored; turned when it is small.
        stored = size[::-1] if image.getexif().get(ORIENTATION, 1) >= 5 else size
        image.draft(None, stored)
        image = image.resize(stored, Image.Resampling.LANCZOS, reducing_gap=2.0)
        image = ImageOps.exif_transpose(image)
    else:
        left, top, across, down = map(int, crop.split(","))
        image = image.resize(
            size,
            Image.Resampling.LANCZOS,
            box=(left, top, left + across, top + down),
            reducing_gap=2.0,
        )
    if kind == "jpeg" and image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA")).convert("RGB")
    out = io.BytesIO()
    image.save(out, {"jpeg": "JPEG", "webp": "WEBP", "avif": "AVIF"}[kind.split("-")[0]], quality=int(quality))
    milliseconds = (time.perf_counter() - start) * 1000
    if destination != "-":
        open(destination, "wb").write(out.getvalue())
    print(f"{milliseconds}\t{out.tell()}", flush=True)


for request in sys.stdin:
    render(request.rstrip("\n"))
