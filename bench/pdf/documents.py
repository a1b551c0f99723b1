"""Documents that are measured: text, vector drawings and scans, each made anew and always the same."""

import io
import math
import random
import zlib

from PIL import Image, ImageDraw

A4 = (595, 842)


def write(path, pages, resources):
    """`pages`: (content, {name: object}); `resources`: of all pages."""
    objects = [b"", b""]
    kids = []
    for content, images in pages:
        names = []
        for name, (dictionary, data) in images.items():
            objects.append(b"<< %s /Length %d >>\nstream\n%s\nendstream" % (dictionary.encode(), len(data), data))
            names.append(f"/{name} {len(objects)} 0 R")
        packed = zlib.compress(content.encode())
        objects.append(b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(packed), packed))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {A4[0]} {A4[1]}] /Contents {len(objects)} 0 R "
            f"/Resources << {resources} /XObject << {' '.join(names)} >> >> >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    with open(path, "wb") as file:
        file.write(b"%PDF-1.7\n")
        table = ["0000000000 65535 f \n"]
        for number, body in enumerate(objects, 1):
            table.append(f"{file.tell():010} 00000 n \n")
            file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        start = file.tell()
        file.write(
            f"xref\n0 {len(table)}\n{''.join(table)}trailer\n<< /Size {len(table)} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
        )


def text(path, pages=80):
    words = "the quick brown fox jumps over a lazy dog while seven wizards quietly examine boxes".split()
    chance = random.Random(1)
    sheets = []
    for page in range(1, pages + 1):
        lines = [f"(Page {page}: {' '.join(chance.choices(words, k=14))}) Tj T*" for _ in range(55)]
        sheets.append((f"BT /F1 11 Tf 40 800 Td 14 TL\n{chr(10).join(lines)}\nET", {}))
    write(path, sheets, "/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>")


def vector(path, pages=40):
    chance = random.Random(2)
    sheets = []
    for _ in range(pages):
        parts = []
        for _ in range(1500):
            x, y, size = chance.uniform(20, 575), chance.uniform(20, 820), chance.uniform(3, 40)
            turn = chance.uniform(0, 2 * math.pi)
            dx, dy = size * math.cos(turn), size * math.sin(turn)
            colour = " ".join(f"{chance.random():.2f}" for _ in range(3))
            paint = chance.choice(["S", "f", "B"])
            parts.append(
                f"{colour} rg {colour} RG {chance.uniform(.2, 2):.2f} w {x:.1f} {y:.1f} m "
                f"{x + dx:.1f} {y + dy:.1f} {x - dy:.1f} {y + dx:.1f} {x + dx - dy:.1f} {y + dx + dy:.1f} c {paint}"
            )
        sheets.append(("\n".join(parts), {}))
    write(path, sheets, "")


def scan(path, pages=20, kilobytes=None):
    """300 dpi, grey, as a scanner's JPEG; with `kilobytes`, each page padded to that size."""
    chance = random.Random(3)
    sheets = []
    for page in range(pages):
        picture = Image.effect_noise((620, 877), 18).resize((2480, 3508), Image.Resampling.BILINEAR)
        picture = picture.point(lambda value: min(255, value + 100))
        draw = ImageDraw.Draw(picture)
        for line in range(60):
            for word in range(12):
                x, y = 200 + word * 175 + chance.randint(0, 30), 200 + line * 52
                draw.rectangle((x, y, x + chance.randint(60, 140), y + 26), fill=chance.randint(10, 60))
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=75)
        body = data.getvalue()
        if kilobytes:
            body += bytes(max(0, kilobytes * 1000 - len(body)))
        image = (
            "/Type /XObject /Subtype /Image /Width 2480 /Height 3508 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode",
            body,
        )
        sheets.append((f"q {A4[0]} 0 0 {A4[1]} 0 0 cm /X{page} Do Q", {f"X{page}": image}))
    write(path, sheets, "")


MADE = {"text": text, "vector": vector, "scan": scan}
