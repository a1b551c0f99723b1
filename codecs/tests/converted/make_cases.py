"""Writes the sample files of this folder's tests, and beside each what Pillow (or the writer itself) says of its pixels.

Run by hand, with Pillow 13, pillow-heif 1.8, tifffile, imagecodecs, pyvips and numpy:

    python make_cases.py cases

`NAME.bmp`, `NAME.tif` or `NAME.heic` is a file; `NAME.bmp.png` and so on has its pixels, as sRGB, RGB with alpha if it has
any.
"""

import io
import pathlib
import struct
import sys

import numpy as np
from PIL import Image

out = pathlib.Path(sys.argv[1] if __name__ == "__main__" else ".")
WIDTH, HEIGHT = 21, 13


def photo(channels, high=255):
    """A gradient with noise, which has more than 256 colours."""
    random = np.random.default_rng(1)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [(x * 37 + y * 11 * (c + 1)) % 200 + random.integers(0, 40, x.shape) for c in range(channels)]
    return (np.stack(planes, -1) * high // 255).astype(np.uint16 if high > 255 else np.uint8)


def save(name, data, pixels):
    """Writes a file, and the pixels that it shows."""
    (out / name).write_bytes(data)
    Image.fromarray(pixels).save(out / (name + ".png"), optimize=True)


def by_pillow(name, data):
    picture = Image.open(io.BytesIO(data))
    mode = "RGBA" if picture.mode in ("RGBA", "LA", "PA") else "RGB"
    save(name, data, np.asarray(picture.convert(mode)))


def written_by_pillow(name, picture, **options):
    file = io.BytesIO()
    picture.save(file, "BMP" if name.endswith("bmp") else "TIFF", **options)
    by_pillow(name, file.getvalue())


# ---- BMP


def bmp(header, palette, pixels, masks=b""):
    offset = 14 + len(header) + len(masks) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + header + masks + palette + pixels


def info(bits, compression=0, height=HEIGHT, size=40, colours=0, rest=b""):
    head = struct.pack("<IiiHHIIiiII", size, WIDTH, height, 1, bits, compression, 0, 2835, 2835, colours, 0)
    return head + rest + bytes(size - 40 - len(rest))


def padded(row):
    return row + bytes(-len(row) % 4)


def packed(indices, bits):
    """Rows of indices, bottom-up."""
    rows = []
    for row in indices[::-1]:
        digits = "".join(f"{index:0{bits}b}" for index in row)
        digits += "0" * (-len(digits) % 8)
        rows.append(padded(int(digits, 2).to_bytes(len(digits) // 8, "big")))
    return b"".join(rows)


def bmps():
    rgb = Image.fromarray(photo(3))
    written_by_pillow("pillow-rgb.bmp", rgb)
    written_by_pillow("pillow-rgba.bmp", Image.fromarray(photo(4)))
    written_by_pillow("pillow-grey.bmp", rgb.convert("L"))
    written_by_pillow("pillow-palette.bmp", rgb.quantize(200))
    written_by_pillow("pillow-bilevel.bmp", rgb.convert("1"))

    for bits in (1, 2, 4, 8):
        colours = np.random.default_rng(bits).integers(0, 256, (2**bits, 3), dtype=np.uint8)
        indices = np.random.default_rng(9).integers(0, 2**bits, (HEIGHT, WIDTH))
        palette = b"".join(bytes([b, g, r, 0]) for r, g, b in colours)
        save(f"indices-{bits}.bmp", bmp(info(bits), palette, packed(indices, bits)), colours[indices])
    core = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 8)
    palette = b"".join(bytes([b, g, r]) for r, g, b in colours)
    save("os2-8.bmp", bmp(core, palette, packed(indices, 8)), colours[indices])
    core = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 24)
    rows = [padded(row[:, ::-1].tobytes()) for row in photo(3)[::-1]]
    save("os2-24.bmp", bmp(core, b"", b"".join(rows)), photo(3))
    top_down = info(24, height=-HEIGHT)
    save("top-down.bmp", bmp(top_down, b"", b"".join(rows[::-1])), photo(3))

    def masked(name, bits, masks, values, scaled, **options):
        kind = "<u2" if bits == 16 else "<u4"
        pixels = b"".join(padded(row.astype(kind).tobytes()) for row in values[::-1])
        save(name, bmp(info(bits, **options), b"", pixels, masks), scaled)

    full = photo(4).astype(np.uint32)
    red, green, blue, alpha = (full[..., c] for c in range(4))

    def to8(value, most):
        return (value * 255 + most // 2) // most

    r5, g5, b5 = (v >> 3 for v in (red, green, blue))
    five = np.stack([to8(v, 31) for v in (r5, g5, b5)], -1).astype(np.uint8)
    masked("rgb555.bmp", 16, b"", r5 << 10 | g5 << 5 | b5, five)
    g6 = green >> 2
    six = np.stack([to8(r5, 31), to8(g6, 63), to8(b5, 31)], -1).astype(np.uint8)
    masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
    masked("rgb565.bmp", 16, masks, r5 << 11 | g6 << 5 | b5, six, compression=3)
    ten = [v * 4 + 3 for v in (red, green, blue)]
    deep = np.stack([to8(v, 1023) for v in ten], -1).astype(np.uint8)
    masks = struct.pack("<III", 0x3FF << 20, 0x3FF << 10, 0x3FF)
    masked("rgb-10-bits.bmp", 32, masks, ten[0] << 20 | ten[1] << 10 | ten[2], deep, compression=3)
    value = alpha << 24 | red << 16 | green << 8 | blue
    rest = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    masked("v5-alpha.bmp", 32, b"", value, photo(4), compression=3, size=124, rest=rest)
    # Alpha is zero everywhere: it was not meant.
    masked("v5-alpha-unused.bmp", 32, b"", value & 0xFFFFFF, photo(3), compression=3, size=124, rest=rest)
    masked("rgb32.bmp", 32, b"", value, photo(3))

    grid = np.repeat(np.arange(WIDTH * HEIGHT) // 5 % 16, 1).reshape(HEIGHT, WIDTH)
    colours = np.random.default_rng(4).integers(0, 256, (16, 3), dtype=np.uint8)
    palette = b"".join(bytes([b, g, r, 0]) for r, g, b in colours)
    runs8, runs4 = b"", b""
    for number, row in enumerate(grid[::-1]):
        if number % 2:
            # Not a run: at least three indices, padded to two bytes.
            runs8 += bytes([0, WIDTH]) + bytes(int(i) for i in row) + bytes(WIDTH % 2)
            nibbles = [int(i) for i in row] + [0] * (-WIDTH % 4)
            runs4 += bytes([0, WIDTH]) + bytes(a << 4 | b for a, b in zip(nibbles[::2], nibbles[1::2]))
        else:
            start = 0
            for end in range(1, WIDTH + 1):
                if end == WIDTH or row[end] != row[start]:
                    index = int(row[start])
                    runs8 += bytes([end - start, index])
                    runs4 += bytes([end - start, index << 4 | index])
                    start = end
        runs8 += b"\0\0"
        runs4 += b"\0\0"
    for name, bits, compression, runs in (("rle8", 8, 1, runs8), ("rle4", 4, 2, runs4)):
        head = info(bits, compression, colours=16)
        save(f"{name}.bmp", bmp(head, palette, runs + b"\0\1"), colours[grid])
    # Two pixels at the bottom, then five rows up and three to the right, two more; everything else is transparent.
    sparse = bytes([2, 1, 0, 2, 3, 5, 2, 2, 0, 1])
    shown = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    shown[-1, 0:2] = [*colours[1], 255]
    shown[-6, 5:7] = [*colours[2], 255]
    save("rle8-sparse.bmp", bmp(info(8, 1, colours=16), palette, sparse), shown)


# ---- TIFF


def tiffs():
    import pyvips
    import tifffile

    rgb, flat = Image.fromarray(photo(3)), Image.fromarray(np.repeat(photo(3)[::4, ::4], 4, 0).repeat(4, 1)[:HEIGHT, :WIDTH])
    for name, compression in (
        ("raw", "raw"), ("lzw", "tiff_lzw"), ("deflate", "tiff_adobe_deflate"), ("old-deflate", "tiff_deflate"),
        ("packbits", "packbits"),
    ):
        written_by_pillow(f"pillow-{name}.tif", flat, compression=compression)
        written_by_pillow(f"pillow-{name}-noise.tif", rgb, compression=compression)
    for compression in ("tiff_lzw", "tiff_adobe_deflate"):
        written_by_pillow(f"pillow-{compression}-predictor.tif", flat, compression=compression, tiffinfo={317: 2})
    written_by_pillow("pillow-jpeg.tif", rgb, compression="jpeg", quality=95)
    written_by_pillow("pillow-jpeg-grey.tif", rgb.convert("L"), compression="jpeg", quality=95)
    written_by_pillow("pillow-grey.tif", rgb.convert("L"))
    written_by_pillow("pillow-palette.tif", rgb.quantize(64), compression="tiff_lzw")
    written_by_pillow("pillow-rgba.tif", Image.fromarray(photo(4)))
    written_by_pillow("pillow-grey-alpha.tif", Image.fromarray(photo(4)).convert("LA"))
    written_by_pillow("pillow-ycbcr.tif", rgb.convert("YCbCr"))
    cmyk = Image.fromarray(photo(4), "CMYK")
    written_by_pillow("pillow-cmyk.tif", cmyk)
    bilevel = Image.fromarray((photo(1)[..., 0] > 110).astype(np.uint8) * 255).convert("1")
    for compression in ("raw", "group3", "group4", "tiff_ccitt", "packbits"):
        written_by_pillow(f"pillow-bilevel-{compression}.tif", bilevel, compression=compression)
    large = Image.effect_noise((333, 77), 60).point(lambda v: 255 if v > 100 else 0).convert("1")
    page = Image.new("1", (1728, 60), 1)
    for x in range(0, 1700, 37):
        page.paste(0, (x, x % 50, x + x % 29, x % 50 + 8))
    for name, picture in (("noise", large), ("page", page)):
        for compression in ("group3", "group4", "tiff_ccitt"):
            written_by_pillow(f"fax-{name}-{compression}.tif", picture, compression=compression)
        # Group 3 with differences between rows, and with rows that begin at bytes.
        for options in (1, 4, 5):
            written_by_pillow(f"fax-{name}-group3-{options}.tif", picture, compression="group3", tiffinfo={292: options})
        written_by_pillow(f"fax-{name}-reversed.tif", picture, compression="group4", tiffinfo={266: 2})
    for orientation in range(1, 9):
        file = io.BytesIO()
        flat.save(file, "TIFF", tiffinfo={274: orientation})
        turned = Image.open(io.BytesIO(file.getvalue()))
        from PIL import ImageOps

        save(f"orientation-{orientation}.tif", file.getvalue(), np.asarray(ImageOps.exif_transpose(turned).convert("RGB")))
    file = io.BytesIO()
    flat.save(file, "TIFF", save_all=True, append_images=[rgb, rgb])
    save("three-pictures.tif", file.getvalue(), np.asarray(flat))

    def by_tifffile(name, data, pixels, **options):
        file = io.BytesIO()
        tifffile.imwrite(file, data, metadata=None, **options)
        save(name, file.getvalue(), pixels)

    for order in "<>":
        word = "little" if order == "<" else "big"
        for bits, data in ((8, photo(3)), (16, photo(3, 65535))):
            shown = data if bits == 8 else ((data.astype(np.uint32) * 255 + 32895) >> 16).astype(np.uint8)
            for compression, predictor in ((None, False), ("lzw", False), ("lzw", True), ("zlib", True)):
                name = f"{word}-{bits}-{compression}{'-predictor' if predictor else ''}.tif"
                options = {"byteorder": order, "photometric": "rgb", "compression": compression}
                by_tifffile(name, data, shown, predictor=predictor, **options)
            planes = np.moveaxis(data, -1, 0)
            by_tifffile(f"{word}-{bits}-planar.tif", planes, shown, byteorder=order, photometric="rgb", planarconfig="separate")
        grey = photo(1, 65535)[..., 0]
        shown = ((grey.astype(np.uint32) * 255 + 32895) >> 16).astype(np.uint8)
        by_tifffile(f"{word}-grey-16.tif", grey, np.stack([shown] * 3, -1), byteorder=order, photometric="minisblack")
    three = np.stack([photo(1)[..., 0]] * 3, -1)
    by_tifffile("white-is-zero.tif", photo(1)[..., 0], 255 - three, photometric="miniswhite")
    wide = np.tile(photo(3), (4, 5, 1))
    by_tifffile("tiles.tif", wide, wide, photometric="rgb", tile=(16, 32))
    by_tifffile("tiles-deflate-planar.tif", np.moveaxis(wide, -1, 0), wide, photometric="rgb", tile=(16, 16),
                planarconfig="separate", compression="zlib")
    y, x = np.mgrid[0:52, 0:105]
    smooth = np.stack([x * 2, y * 4, 255 - x - y], -1).astype(np.uint8)
    by_tifffile("tiles-jpeg.tif", smooth, smooth, photometric="rgb", tile=(32, 32), compression="jpeg",
                compressionargs={"level": 95})
    by_tifffile("big.tif", photo(3), photo(3), photometric="rgb", bigtiff=True)
    by_tifffile("strips.tif", photo(3), photo(3), photometric="rgb", rowsperstrip=5, compression="packbits")
    straight = photo(4)
    by_tifffile("alpha-straight.tif", straight, straight, photometric="rgb", extrasamples=["unassalpha"])
    by_tifffile("alpha-unspecified.tif", straight, straight[..., :3], photometric="rgb", extrasamples=["unspecified"])
    premultiplied = straight.copy()
    premultiplied[..., :3] = (straight[..., :3].astype(int) * straight[..., 3:] + 127) // 255
    alpha = premultiplied[..., 3:].astype(int)
    divided = np.minimum((premultiplied[..., :3].astype(int) * 255 + alpha // 2) // np.maximum(alpha, 1), 255)
    shown = np.concatenate([divided, alpha], -1).astype(np.uint8)
    by_tifffile("alpha-multiplied.tif", premultiplied, shown, photometric="rgb", extrasamples=["assocalpha"])
    for bits in (2, 4, 6, 10, 12, 14):
        most = 2**bits - 1
        data = (photo(1, 65535)[..., 0].astype(np.uint32) * most // 65535).astype(np.uint16 if bits > 8 else np.uint8)
        shown = ((data.astype(np.uint32) * 255 + most // 2) // most).astype(np.uint8)
        digits = ["".join(f"{value:0{bits}b}" for value in row) for row in data]
        rows = b"".join(int(d + "0" * (-len(d) % 8), 2).to_bytes(-(-len(d) // 8), "big") for d in digits)
        entries = [(256, 3, WIDTH), (257, 3, HEIGHT), (258, 3, bits), (259, 3, 1), (262, 3, 1), (273, 4, 8 + 2 + 9 * 12 + 4),
                   (277, 3, 1), (278, 3, HEIGHT), (279, 4, len(rows))]
        head = b"II*\0" + struct.pack("<IH", 8, len(entries))
        head += b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries) + bytes(4)
        save(f"grey-{bits}.tif", head + rows, np.stack([shown] * 3, -1))
    vips = pyvips.Image.new_from_array(smooth)
    for name, options in (
        ("vips-lzw-pyramid", {"compression": "lzw", "tile": True, "pyramid": True, "tile_width": 16, "tile_height": 16}),
        ("vips-jpeg", {"compression": "jpeg", "Q": 95}),
        ("vips-jpeg-tiles", {"compression": "jpeg", "Q": 95, "tile": True, "tile_width": 32, "tile_height": 32}),
        ("vips-deflate", {"compression": "deflate", "predictor": "horizontal"}),
    ):
        save(name + ".tif", vips.copy(interpretation="srgb").tiffsave_buffer(**options), smooth)


# ---- HEIC


def boxed(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full(kind, version, flags, *parts):
    return boxed(kind, bytes([version]) + flags.to_bytes(3, "big"), *parts)


def within(data, kind):
    """The content of the first box of this kind, wherever it is."""
    at = data.index(kind) - 4
    return data[at + 8 : at + struct.unpack(">I", data[at : at + 4])[0]]


def coded(picture, **options):
    """Returns `hvcC` and the bytes of a picture, as pillow-heif codes it."""
    import pillow_heif

    file = io.BytesIO()
    pillow_heif.from_pillow(picture).save(file, **options)
    data = file.getvalue()
    return within(data, b"hvcC"), within(data, b"mdat")


def grid(picture, side, extra=b"", quality=95):
    """A picture laid out of tiles, as phones write it; the ones at the right and at the bottom reach beyond it."""
    width, height = picture.size
    columns, rows = -(-width // side), -(-height // side)
    wide = Image.fromarray(np.pad(np.asarray(picture), ((0, rows * side - height), (0, columns * side - width), (0, 0)), "edge"))
    tiles = [
        coded(wide.crop((x * side, y * side, (x + 1) * side, (y + 1) * side)), quality=quality)
        for y in range(rows)
        for x in range(columns)
    ]
    config = tiles[0][0]
    assert all(tile[0] == config for tile in tiles)
    count = len(tiles)
    items = [full(b"infe", 2, 1, struct.pack(">HH", n, 0), b"hvc1\0") for n in range(2, count + 2)]
    items.insert(0, full(b"infe", 2, 0, struct.pack(">HH", 1, 0), b"grid\0"))
    layout = bytes([0, 0, rows - 1, columns - 1]) + struct.pack(">HH", width, height)
    properties = [
        full(b"ispe", 0, 0, struct.pack(">II", width, height)),
        full(b"ispe", 0, 0, struct.pack(">II", side, side)),
        boxed(b"hvcC", config),
    ]
    of_grid = [1]
    if extra:
        properties.append(extra)
        of_grid.append(4 | 0x80)
    associations = struct.pack(">HB", 1, len(of_grid)) + bytes(of_grid)
    for n in range(2, count + 2):
        associations += struct.pack(">HB", n, 2) + bytes([2, 3 | 0x80])
    references = boxed(b"dimg", struct.pack(">HH", 1, count), b"".join(struct.pack(">H", n) for n in range(2, count + 2)))

    def meta(start):
        places = struct.pack(">HHHHII", 1, 1, 0, 1, 0, len(layout))
        at = start
        for n, (_, data) in enumerate(tiles, 2):
            places += struct.pack(">HHHHII", n, 0, 0, 1, at, len(data))
            at += len(data)
        return full(
            b"meta", 0, 0,
            full(b"hdlr", 0, 0, bytes(4), b"pict", bytes(13)),
            full(b"pitm", 0, 0, struct.pack(">H", 1)),
            full(b"iloc", 1, 0, bytes([0x44, 0x00]), struct.pack(">H", count + 1), places),
            full(b"iinf", 0, 0, struct.pack(">H", count + 1), *items),
            full(b"iref", 0, 0, references),
            boxed(b"iprp", boxed(b"ipco", *properties), full(b"ipma", 0, 0, struct.pack(">I", count + 1), associations)),
            boxed(b"idat", layout),
        )  # fmt: skip

    ftyp = boxed(b"ftyp", b"heic\0\0\0\0mif1heic")
    start = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(start) + boxed(b"mdat", b"".join(tile[1] for tile in tiles))


def heics():
    import pillow_heif
    from PIL import ImageCms, ImageOps

    pillow_heif.register_heif_opener()

    def by_libheif(name, data, mode=None):
        picture = Image.open(io.BytesIO(data))
        mode = mode or ("RGBA" if picture.mode == "RGBA" else "RGB")
        save(name, data, np.asarray(picture.convert(mode)))

    def written(name, picture, **options):
        file = io.BytesIO()
        pillow_heif.from_pillow(picture).save(file, **options)
        by_libheif(name, file.getvalue())

    y, x = np.mgrid[0:96, 0:128]
    smooth = Image.fromarray(np.stack([x * 2, y * 255 // 95, 255 - (x + y)], -1).astype(np.uint8))
    alpha = Image.fromarray(np.dstack([np.asarray(smooth), (x + y).astype(np.uint8)]))
    for chroma in ("420", "422", "444"):
        written(f"chroma-{chroma}.heic", smooth, quality=90, chroma=chroma)
    for name, options in (
        ("limited-709", {"matrix_coefficients": 1, "full_range_flag": 0}),
        ("full-709", {"matrix_coefficients": 1, "full_range_flag": 1}),
        ("limited-601", {"matrix_coefficients": 6, "full_range_flag": 0}),
        ("full-601", {"matrix_coefficients": 6, "full_range_flag": 1}),
    ):
        written(f"{name}.heic", smooth, quality=95, color_primaries=1, transfer_characteristics=13, **options)
    written("grey.heic", smooth.convert("L"), quality=90)
    written("alpha.heic", alpha, quality=90)
    written("odd.heic", smooth.crop((3, 5, 104, 80)), quality=90)
    deep = pillow_heif.from_bytes("RGB;16", (128, 96), (np.asarray(smooth).astype(np.uint16) * 257).tobytes())
    for bits in (10, 12):
        file = io.BytesIO()
        pillow_heif.options.SAVE_HDR_TO_12_BIT = bits == 12
        deep.save(file, quality=90)
        by_libheif(f"deep-{bits}.heic", file.getvalue())
    p3 = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    written("icc.heic", smooth, quality=90, icc_profile=p3)
    save("grid.heic", grid(smooth.crop((0, 0, 120, 90)), 64), np.asarray(smooth.crop((0, 0, 120, 90))))
    for turns in range(4):
        turned = grid(smooth, 64, boxed(b"irot", bytes([turns])))
        save(f"irot-{turns}.heic", turned, np.asarray(smooth.rotate(90 * turns, expand=True)))
    for axis, mirrored in ((0, ImageOps.flip(smooth)), (1, ImageOps.mirror(smooth))):
        save(f"imir-{axis}.heic", grid(smooth, 64, boxed(b"imir", bytes([axis]))), np.asarray(mirrored))
    # A part of 60 x 40 pixels whose centre is 10 to the right of the middle and 5 above it.
    crop = struct.pack(">IIIIiIiI", 60, 1, 40, 1, 10, 1, -5, 1)
    save("clap.heic", grid(smooth, 64, boxed(b"clap", crop)), np.asarray(smooth.crop((44, 23, 104, 63))))


if __name__ == "__main__":
    bmps()
    tiffs()
    heics()
