"""What is done once with a HEIC when it comes in, and the first thumbnail of it, beside libheif (by pillow-heif) and Pillow
doing the same: a picture of 12 megapixels, of tiles as phones write them, becomes a JPEG of quality 92 and a WebP 320 wide.
"""

import io
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pillow_heif
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2] / "codecs/tests/converted"))
import make_cases  # noqa: E402

NAME = "12 MP HEIC → JPEG original → 320 WebP, at its first time"

# The least ratio of libheif's time to Dozo's.
PROMISED = 1.2


def make(folder):
    """Writes the picture once, of the same pixels as the JPEG, and about as large as a phone's: 0.2 bytes a pixel."""
    file = folder / "12mp-of-a-phone.heic"
    if not file.exists():
        file.write_bytes(make_cases.grid(Image.open(folder / "12mp.jpg").convert("RGB"), 512, quality=40))
    return file


def by_libheif(data):
    start = time.perf_counter()
    picture = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True).to_pillow()
    picture.save(io.BytesIO(), "JPEG", quality=92)
    picture.resize((320, 240), Image.LANCZOS).save(io.BytesIO(), "WEBP", quality=80)
    return (time.perf_counter() - start) * 1000


def measure(worker, ffmpeg, folder, rounds):
    file = make(folder)
    data = file.read_bytes()
    ours, theirs = [], []
    for _ in range(rounds):
        said = subprocess.run([worker, ffmpeg, file, "1"], check=True, capture_output=True, text=True)
        ours.append(sum(map(float, said.stdout.splitlines()[0].split())))
        theirs.append(by_libheif(data))
    results = {
        "dozo": {"median_ms": statistics.median(ours)},
        "libheif": {"median_ms": statistics.median(theirs)},
    }
    results["dozo"]["ratio"] = results["libheif"]["median_ms"] / results["dozo"]["median_ms"]
    return {"row": NAME, "promised": PROMISED, "than": "libheif", "results": results}
