"""The rows of the table: what is asked of every contender, and what Dozo promises of it."""

from dataclasses import dataclass
from pathlib import Path

from make_images import TENTHS


@dataclass(frozen=True)
class Row:
    name: str
    source: Path
    width: int
    height: int
    kind: str
    # The least ratio of sharp's time to Dozo's.
    promised: float | None = None
    crop: tuple[int, int, int, int] | None = None


def standard(folder):
    def row(name, file, width, height, kind, promised, **more):
        return Row(name, folder / file, width, height, kind, promised, **more)

    return [
        row("12 MP JPEG → 320 JPEG", "12mp.jpg", 320, 240, "jpeg", 1.9),
        row("12 MP JPEG → 320 WebP", "12mp.jpg", 320, 240, "webp", 1.6),
        row("12 MP JPEG → 1280 WebP", "12mp.jpg", 1280, 960, "webp", 1.15),
        row("24 MP JPEG → 320 JPEG", "24mp.jpg", 320, 213, "jpeg", 2.0),
        row("24 MP JPEG → 320 WebP", "24mp.jpg", 320, 213, "webp", 1.8),
        *(
            row(f"12 MP JPEG, 0.{tenths} bytes a pixel → 320 {kind}", f"12mp-{tenths}.jpg", 320, 240, kind.lower(), None)
            for tenths in TENTHS
            for kind in ("JPEG", "WebP")
        ),
        row("12 MP progressive → 320 JPEG", "12mp-progressive.jpg", 320, 240, "jpeg", 10),
        row("12 MP JPEG, square → 256 JPEG", "12mp.jpg", 256, 256, "jpeg", 1.9, crop=(500, 0, 3000, 3000)),
        row("12 MP JPEG, crop → 256 JPEG", "12mp.jpg", 256, 256, "jpeg", None, crop=(1024, 1024, 1024, 1024)),
        row("PNG RGBA 3 MP → 320 WebP", "rgba.png", 320, 240, "webp", 2.0),
        row("12 MP WebP → 320 WebP", "12mp.webp", 320, 240, "webp", 1.1),
        row("12 MP AVIF → 320 WebP", "12mp.avif", 320, 240, "webp", 1.2),
        row("12 MP JPEG → 320 AVIF, sharp's default effort", "12mp.jpg", 320, 240, "avif", 3.5),
        row("12 MP JPEG → 320 AVIF, sharp's effort 2", "12mp.jpg", 320, 240, "avif-fast", 1.2),
    ]


def own(files):
    """A person's own pictures, made 320 pixels wide."""
    from PIL import Image, ImageOps

    rows = []
    for file in map(Path, files):
        try:
            width, height = ImageOps.exif_transpose(Image.open(file)).size
        except OSError as error:
            raise SystemExit(f"{file} is no picture that can be measured: {error}") from error
        scaled = max(1, round(320 * height / width))
        for kind in ("jpeg", "webp"):
            rows.append(Row(f"{file.name} → 320 {kind}", file.resolve(), 320, scaled, kind))
    return rows
