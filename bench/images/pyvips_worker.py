"""libvips through pyvips: `thumbnail_buffer`, which decodes at reduced scale. See worker.md."""

import sys
import time

import pyvips

pyvips.cache_set_max(0)
sources = {}


def render(line):
    source, crop, width, height, kind, quality, destination = line.split("\t")
    if source not in sources:
        sources.clear()
        sources[source] = open(source, "rb").read()
    start = time.perf_counter()
    if crop == "best":
        image = pyvips.Image.thumbnail_buffer(sources[source], int(width), height=int(height), crop="attention")
    elif crop == "-":
        image = pyvips.Image.thumbnail_buffer(
            sources[source], int(width), height=int(height), size="force"
        )
    else:
        image = pyvips.Image.new_from_buffer(sources[source], "")
        image = image.crop(*map(int, crop.split(","))).thumbnail_image(
            int(width), height=int(height), size="force", no_rotate=True
        )
    if kind == "jpeg" and image.hasalpha():
        image = image.flatten(background=255)
    options = {"Q": int(quality), "keep": "none"}
    kind, _, pace = kind.partition("-")
    if pace:
        options["effort"] = 2
    out = image.write_to_buffer({"jpeg": ".jpg", "webp": ".webp", "avif": ".avif"}[kind], **options)
    milliseconds = (time.perf_counter() - start) * 1000
    if destination != "-":
        open(destination, "wb").write(out)
    print(f"{milliseconds}\t{len(out)}", flush=True)


for request in sys.stdin:
    render(request.rstrip("\n"))
