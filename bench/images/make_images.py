"""Photo-like pictures: made, not found, so that everybody measures the same ones.

What a decoder's and an encoder's time hangs on is how much detail there is at which scale. In photographs power falls
with the square of the frequency (D. J. Field, JOSA A 4, 1987), chroma is weaker and smoother than luma, there are edges of
things, and a sensor's grain on top. So: noise with a 1/f spectrum, shapes with sharp edges over it, a gradient, a little white
noise; saved with 4:2:0 and quality 90, which gives about 3.3 bits a pixel, as a phone's detailed pictures have (12 MP in 3 to 5 MB);
and with other qualities, for pictures of other sizes a pixel.
"""

import bisect
import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

# Raised when a picture would come out different: old ones are made again.
VERSION = 3

# Tenths of a byte a pixel, from a messenger's pictures to a camera's finest.
TENTHS = (1, 2, 8)


def spectrum_noise(rng, width, height, steepness):
    """Noise whose amplitude falls with frequency to that power; about -1 to 1."""
    across = np.fft.rfftfreq(width)[None, :]
    down = np.fft.fftfreq(height)[:, None]
    frequency = np.hypot(across, down).astype(np.float32)
    frequency[0, 0] = 1.0
    shape = frequency.shape
    phases = rng.uniform(0, 2 * np.pi, shape).astype(np.float32)
    spectrum = (frequency**-steepness) * np.exp(1j * phases)
    spectrum[0, 0] = 0
    noise = np.fft.irfft2(spectrum, s=(height, width)).astype(np.float32)
    return noise / (3 * noise.std())


def photo(seed, width, height):
    """A picture of that size, as an array of RGB."""
    rng = np.random.default_rng(seed)
    luma = 118 + 80 * spectrum_noise(rng, width, height, 1.0)
    luma += np.linspace(35, -35, height, dtype=np.float32)[:, None]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    for _ in range(24):
        cx, cy = rng.uniform(0, width), rng.uniform(0, height)
        rx, ry = rng.uniform(0.01, 0.12, 2) * width
        inside = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1
        luma[inside] += rng.uniform(-45, 45)
    red = luma + 45 * spectrum_noise(rng, width, height, 1.4)
    blue = luma + 45 * spectrum_noise(rng, width, height, 1.4)
    picture = np.stack([red, luma, blue], axis=-1)
    picture += rng.normal(0, 2.0, (height, width, 1)).astype(np.float32)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def coverage(width, height):
    """A soft-edged disc, as a cut-out has."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    distance = np.hypot((x - width / 2) / width, (y - height / 2) / height) * 2
    return np.clip((0.95 - distance) * 400, 0, 255).astype(np.uint8)


def save_at(picture, tenths, file):
    """Saves with the lowest quality that gives that many tenths of a byte a pixel."""
    wanted = picture.width * picture.height * tenths / 10

    def bytes_at(quality):
        kept = io.BytesIO()
        picture.save(kept, "JPEG", quality=quality, subsampling="4:2:0", optimize=True)
        return kept.getvalue()

    quality = bisect.bisect_left(range(1, 100), wanted, key=lambda quality: len(bytes_at(quality))) + 1
    file.write_bytes(bytes_at(quality))


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / "version"
    if stamp.exists() and stamp.read_text() == str(VERSION):
        return
    twelve = Image.fromarray(photo(12, 4000, 3000))
    twelve.save(folder / "12mp.jpg", quality=90, subsampling="4:2:0", optimize=True)
    twelve.save(folder / "12mp-progressive.jpg", quality=90, subsampling="4:2:0", progressive=True)
    for tenths in TENTHS:
        save_at(twelve, tenths, folder / f"12mp-{tenths}.jpg")
    twelve.save(folder / "12mp.webp", quality=85, method=4)
    twelve.save(folder / "12mp.avif", quality=63, speed=8)
    Image.fromarray(photo(24, 6000, 4000)).save(
        folder / "24mp.jpg", quality=90, subsampling="4:2:0", optimize=True
    )
    rgba = np.dstack([photo(3, 2000, 1500), coverage(2000, 1500)])
    Image.fromarray(rgba).save(folder / "rgba.png")
    stamp.write_text(str(VERSION))


if __name__ == "__main__":
    make(Path(sys.argv[1]))
