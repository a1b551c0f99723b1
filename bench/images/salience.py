"""Which part stays in sight when a picture is cut: `"gravity": "auto"` beside libvips's `attention`, on 20 pictures.

Each picture has a subject at a known place: a face, a lettering, a thing of another colour, or a sharp thing before a
blurred background. A cut to a square keeps all of it, a part, or nothing.
"""

import random

import numpy
from PIL import Image, ImageDraw, ImageFilter

NAME = "cuts that keep the subject, of 20 pictures"
SIDE = 200
PICTURES = 20


def background(draw_random, size, style):
    """Gradients, clouds or grass: what a subject stands before."""
    noise = numpy.random.default_rng(draw_random.randrange(1 << 30))
    width, height = size
    coarse = noise.uniform(0, 1, (height // 40 + 2, width // 40 + 2, 3))
    clouds = Image.fromarray((coarse * 60 + 110).astype("uint8")).resize(size, Image.Resampling.BICUBIC)
    if style == 0:
        return clouds
    if style == 1:
        down = numpy.linspace(190, 90, height)[:, None, None] * numpy.array([0.75, 0.9, 1.0])
        return Image.fromarray(numpy.broadcast_to(down, (height, width, 3)).astype("uint8"))
    grass = numpy.asarray(clouds) * 0.4 + noise.normal(70, 9, (height, width, 3)) * numpy.array([0.6, 1.0, 0.5])
    return Image.fromarray(grass.clip(0, 255).astype("uint8"))


def face(picture, x, y, side):
    draw = ImageDraw.Draw(picture)
    skin = random.Random(x).choice([(224, 172, 140), (198, 134, 100), (141, 90, 62), (241, 194, 165)])
    draw.ellipse((x, y, x + side * 3 // 4, y + side), fill=skin)
    draw.pieslice((x - 4, y - 8, x + side * 3 // 4 + 4, y + side), 180, 360, fill=(52, 36, 28))
    draw.ellipse((x + side // 10, y + side // 5, x + side * 13 // 20, y + side), fill=skin)
    for eye in (side // 5, side // 2):
        draw.ellipse((x + eye, y + side * 2 // 5, x + eye + side // 12, y + side // 2), fill=(30, 30, 30))
    draw.arc((x + side // 4, y + side // 2, x + side // 2, y + side * 4 // 5), 20, 160, fill=(150, 60, 60), width=3)


def lettering(picture, x, y, side):
    draw = ImageDraw.Draw(picture)
    draw.rectangle((x, y, x + side, y + side), fill=(245, 245, 240))
    for line in range(y + 12, y + side - 8, 14):
        for letter in range(x + 8, x + side - 10, 9):
            draw.rectangle((letter, line, letter + 4 + line % 3, line + 7), fill=(25, 25, 30))


def balloon(picture, x, y, side):
    draw = ImageDraw.Draw(picture)
    draw.ellipse((x, y, x + side * 4 // 5, y + side * 4 // 5), fill=(215, 40, 45))
    draw.ellipse((x + side // 6, y + side // 8, x + side // 3, y + side // 4), fill=(250, 190, 190))
    draw.line((x + side * 2 // 5, y + side * 4 // 5, x + side * 2 // 5, y + side), fill=(60, 60, 60), width=2)


def sharp_thing(picture, x, y, side):
    blurred = picture.filter(ImageFilter.GaussianBlur(9))
    picture.paste(blurred)
    draw = ImageDraw.Draw(picture)
    for ring in range(0, side // 2, 7):
        shade = 40 if ring // 7 % 2 else 205
        draw.ellipse((x + ring, y + ring, x + side - ring, y + side - ring), fill=(shade, shade, shade - 20))


def make(folder):
    """Writes the pictures; returns their files with the subject's box. The same ones every time."""
    made = []
    for number in range(PICTURES):
        chance = random.Random(number)
        size = chance.choice([(1200, 500), (1500, 600), (500, 1100), (1000, 420)])
        side = min(size) * chance.randrange(30, 50) // 100
        x = chance.randrange(10, size[0] - side - 10)
        y = chance.randrange(10, size[1] - side - 10)
        picture = background(chance, size, number % 3).convert("RGB")
        [face, lettering, balloon, sharp_thing][number % 4](picture, x, y, side)
        file = folder / f"subject-{number:02}.jpg"
        picture.save(file, quality=92)
        made.append((file, (x, y, x + side, y + side)))
    return made


def place_of(cut, file):
    """Where a cut was taken: the offset at which it differs least from the whole picture at its scale."""
    whole = Image.open(file)
    scale = SIDE / min(whole.size)
    size = [max(SIDE, round(length * scale)) for length in whole.size]
    whole = numpy.asarray(whole.resize(size, Image.Resampling.LANCZOS), dtype="float32")
    cut = numpy.asarray(cut, dtype="float32")
    across = whole.shape[1] > SIDE
    room = (whole.shape[1] if across else whole.shape[0]) - SIDE
    windows = (whole[:, at : at + SIDE] if across else whole[at : at + SIDE] for at in range(room + 1))
    differences = [float(numpy.abs(window[:SIDE, :SIDE] - cut).mean()) for window in windows]
    return across, int(numpy.argmin(differences)) / scale, SIDE / scale


def kept(place, box):
    """The share of the subject that the cut shows."""
    across, start, length = place
    first, last = (box[0], box[2]) if across else (box[1], box[3])
    seen = max(0.0, min(last, start + length) - max(first, start))
    return min(1.0, seen / (last - first))


def compare(ask, folder, scratch):
    """Asks each contender for all cuts; returns the row. `ask(name, file, crop, destination)` renders one."""
    pictures = make(folder)
    results = {}
    for name, crop in (("dozo", "best"), ("pyvips", "best"), ("middle", "middle")):
        shares = []
        for file, box in pictures:
            if crop == "middle":
                width, height = Image.open(file).size
                place = (width > height, (max(width, height) - min(width, height)) / 2, min(width, height))
            else:
                destination = scratch / f"{name}.jpeg"
                ask(name, file, crop, destination)
                place = place_of(Image.open(destination).convert("RGB"), file)
            shares.append(kept(place, box))
        whole = sum(share > 0.97 for share in shares)
        results[name] = {"whole": whole, "share": sum(shares) / len(shares)}
    return {"row": NAME, "results": results}
