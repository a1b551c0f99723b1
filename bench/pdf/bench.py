"""Pages a second, whole processes side by side in one run: split-pdf's engine, pypdfium2, pdftoppm, mutool.

150 dpi, JPEG of quality 85. For each document and program: one process, two at once (each half of the pages), the first
page alone, peak memory, bytes, and the mean distance of its first page to pdftoppm's lossless one (0 to 255). The best of
three runs counts (ROUNDS=1 for one); programs take turns, so that a machine that slows down slows all of them down, and
the pages of a second of processor time hold on a busy machine, too. What split-pdf's engine is to hold is said below the table.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

import pypdfium2
from PIL import Image, ImageChops, ImageStat

import documents

DPI, QUALITY, ROUNDS = 150, 85, int(os.environ.get("ROUNDS", "3"))

# The least ratios: of one process to pdftoppm, by the document; and of two processes to one.
BESIDE_PDFTOPPM = {"text": 2.5, "vector": 2.5, "scan": 1.5}
TWO_PROCESSES = 1.8

PYPDFIUM2 = """
import sys, pypdfium2
document, out, first, last = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
pdf = pypdfium2.PdfDocument(document)
for number in range(first, last + 1):
    pdf[number - 1].render(scale=150 / 72).to_pil().convert("RGB").save(f"{out}/{number:04}.jpg", quality=85)
"""


def programs(worker, pdfium):
    def ours(file, out, first, last):
        return [worker, pdfium, file, out, str(DPI), str(first), str(last)]

    def python(file, out, first, last):
        return [sys.executable, "-c", PYPDFIUM2, file, out, str(first), str(last)]

    def poppler(file, out, first, last):
        return ["pdftoppm", "-jpeg", "-jpegopt", f"quality={QUALITY}", "-r", str(DPI), "-f", str(first), "-l", str(last), file, f"{out}/p"]

    def mupdf(file, out, first, last):
        # This version of it knows no JPEG: what it spends on an uncompressed file is less.
        return ["mutool", "draw", "-q", "-F", "ppm", "-r", str(DPI), "-o", f"{out}/%04d.ppm", file, f"{first}-{last}"]

    found = {"split-pdf": ours, "pypdfium2": python}
    if shutil.which("pdftoppm"):
        found["pdftoppm"] = poppler
    if shutil.which("mutool"):
        found["mutool (ppm)"] = mupdf
    return found


def run(commands):
    """Wall seconds until all are done, their processor seconds, and the largest peak in bytes."""
    spawn = str(pathlib.Path(__file__).with_name("spawn.py"))
    done = subprocess.run([sys.executable, "-S", spawn, json.dumps(commands)], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def measure(program, file, pages):
    best = {}
    half = max(1, pages // 2)
    spans = {
        "one": [(1, pages)],
        "two": [(1, half), (half + 1, pages)] if pages > 1 else [(1, 1)],
        "first": [(1, 1)],
    }
    for name, parts in spans.items():
        with tempfile.TemporaryDirectory() as out:
            seconds, cpu, peak = run([program(file, out, first, last) for first, last in parts])
            files = sorted(pathlib.Path(out).iterdir())
            best[name] = (seconds, peak, cpu, sum(made.stat().st_size for made in files), len(files))
            if name == "first":
                picture = Image.open(files[0]).convert("RGB")
                picture.load()
                best["picture"] = picture
    return best


def distance(one, other):
    size = (min(one.width, other.width), min(one.height, other.height))
    box = (0, 0, *size)
    return sum(ImageStat.Stat(ImageChops.difference(one.crop(box), other.crop(box))).mean) / 3


def reference(file):
    if not shutil.which("pdftoppm"):
        return None
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(["pdftoppm", "-png", "-r", str(DPI), "-f", "1", "-l", "1", file, f"{out}/p"], check=True)
        picture = Image.open(next(pathlib.Path(out).iterdir())).convert("RGB")
        picture.load()
        return picture


def compare(kind, file, found):
    pages = len(pypdfium2.PdfDocument(file))
    true = reference(file)
    rounds = {name: [] for name in found}
    for _ in range(ROUNDS):
        for name, program in found.items():
            rounds[name].append(measure(program, file, pages))
    rows = []
    for name, measured in rounds.items():
        best = {span: min(one[span][0] for one in measured) for span in ("one", "two", "first")}
        cpu = min(one["one"][2] for one in measured)
        last = measured[-1]
        rows.append({
            "document": kind, "pages": pages, "program": name,
            "pages_per_second": pages / best["one"], "two_processes_pages_per_second": pages / best["two"],
            "pages_per_processor_second": pages / cpu, "first_page_seconds": best["first"],
            "peak_bytes": last["one"][1], "bytes_per_page": last["one"][3] / pages,
            "distance": distance(last["picture"], true) if true else None,
        })
    return rows


def table(rows):
    print(f"{'document':<16}{'program':<14}{'pages/s':>9}{'× pdftoppm':>12}{'two':>8}{'× one':>7}{'per cpu s':>11}{'× pdftoppm':>12}"
          f"{'first ms':>10}{'peak MB':>9}{'kB/page':>9}{'distance':>10}")
    base = {row["document"]: row for row in rows if row["program"] == "pdftoppm"}

    def beside(row, name):
        return f"{row[name] / base[row['document']][name]:.2f}" if row["document"] in base else "-"

    for row in rows:
        one, two, cpu = row["pages_per_second"], row["two_processes_pages_per_second"], row["pages_per_processor_second"]
        apart = "-" if row["distance"] is None else f"{row['distance']:.2f}"
        print(f"{row['document'][:15]:<16}{row['program']:<14}{one:>9.1f}{beside(row, 'pages_per_second'):>12}{two:>8.1f}{two / one:>7.2f}"
              f"{cpu:>11.1f}{beside(row, 'pages_per_processor_second'):>12}{row['first_page_seconds'] * 1000:>10.0f}"
              f"{row['peak_bytes'] / 1e6:>9.0f}{row['bytes_per_page'] / 1000:>9.0f}{apart:>10}")


def promises(rows):
    """What is to hold, and whether it does, of the documents of our own."""
    rows = {(row["document"], row["program"]): row for row in rows}
    for kind, promised in BESIDE_PDFTOPPM.items():
        ours, theirs = rows.get((kind, "split-pdf")), rows.get((kind, "pdftoppm"))
        if not ours:
            continue
        one = ours["pages_per_second"]
        if theirs:
            yield f"{kind}: pages a second beside pdftoppm", one / theirs["pages_per_second"], promised
        yield f"{kind}: two processes beside one", ours["two_processes_pages_per_second"] / one, TWO_PROCESSES


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--worker", required=True)
    parser.add_argument("--pdfium", required=True)
    parser.add_argument("--format", default="table")
    parser.add_argument("files", nargs="*")
    wanted = parser.parse_args()
    found = programs(wanted.worker, wanted.pdfium)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        given = {pathlib.Path(file).name: file for file in wanted.files}
        if not given:
            for kind, make in documents.MADE.items():
                given[kind] = f"{folder}/{kind}.pdf"
                make(given[kind])
        for kind, file in given.items():
            rows += compare(kind, file, found)
    if wanted.format == "json":
        print(json.dumps({"benchmark": "pdf", "machine": platform.machine(), "cpus": os.cpu_count(), "dpi": DPI, "rows": rows}))
    else:
        table(rows)
        if not wanted.files:
            print()
            for what, measured, promised in promises(rows):
                print(f"{what:<40}{measured:>6.2f}× (to hold: {promised:.2f}×{', MISSED' if measured < promised else ''})")


main()
