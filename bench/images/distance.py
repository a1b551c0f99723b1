"""How far a small picture is from what it should be: the full picture, decoded whole and reduced by Lanczos."""

import numpy as np
from PIL import Image, ImageOps


def reference(source, crop, size):
    """The picture as an array of RGB, upright, see-through parts white, as the encoders' results are compared on."""
    Image.MAX_IMAGE_PIXELS = None
    image = ImageOps.exif_transpose(Image.open(source))
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image = image.resize(size, Image.Resampling.LANCZOS, box=crop)
    return on_white(image)


def on_white(image):
    if image.mode != "RGBA":
        return np.asarray(image.convert("RGB"), dtype=np.float64)
    white = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(white, image).convert("RGB"), dtype=np.float64)


def opened(path):
    return on_white(Image.open(path))


def psnr(a, b):
    error = np.mean((a - b) ** 2)
    return float("inf") if error == 0 else 10 * np.log10(255**2 / error)


def blurred(plane):
    """A Gaussian of 1.5 pixels over 11 × 11, as SSIM is defined with."""
    offsets = np.arange(-5, 6)
    kernel = np.exp(-(offsets**2) / (2 * 1.5**2))
    kernel /= kernel.sum()
    rows = np.apply_along_axis(lambda row: np.convolve(row, kernel, "valid"), 1, plane)
    return np.apply_along_axis(lambda column: np.convolve(column, kernel, "valid"), 0, rows)


def ssim(a, b):
    """Of luma: Wang, Bovik, Sheikh, Simoncelli, IEEE TIP 13 (2004)."""
    weights = np.array([0.299, 0.587, 0.114])
    a, b = a @ weights, b @ weights
    first, second = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_a, mean_b = blurred(a), blurred(b)
    variance_a = blurred(a * a) - mean_a**2
    variance_b = blurred(b * b) - mean_b**2
    covariance = blurred(a * b) - mean_a * mean_b
    quotient = ((2 * mean_a * mean_b + first) * (2 * covariance + second)) / (
        (mean_a**2 + mean_b**2 + first) * (variance_a + variance_b + second)
    )
    return float(quotient.mean())
