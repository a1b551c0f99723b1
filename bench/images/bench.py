"""`make bench-images`: Dozo beside sharp, Pillow and pyvips, in one run, on one thread.

Every contender is a process that keeps the source in memory and measures itself. Qualities are chosen first, so that the
files are of one size; then all contenders take turns, round by round, and the medians are compared. The distance to a
full decode reduced by Lanczos stands in the same table: speed that was bought with quality shows.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import distance
import heic
import make_images
import rows as table
import salience

HERE = Path(__file__).parent
# Where every contender's quality scale gives good pictures; sharp's is fixed, the others' are searched.
SHARP_QUALITY = {"jpeg": 80, "webp": 80, "avif": 50, "avif-fast": 50}


class Worker:
    def __init__(self, command):
        self.command = command
        environment = dict(os.environ, VIPS_CONCURRENCY="1", OMP_NUM_THREADS="1")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def ask(self, row, quality, destination="-"):
        return self.ask_fields(fields(row, quality, destination))

    def ask_fields(self, request):
        self.process.stdin.write("\t".join(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split("\t")
        if len(answer) != 2:
            raise SystemExit(f"a worker ended: {self.command}")
        return float(answer[0]), int(answer[1])

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def fields(row, quality, destination):
    crop = ",".join(map(str, row.crop)) if row.crop else "-"
    return [str(row.source), crop, str(row.width), str(row.height), row.kind, str(quality), str(destination)]


def matching_quality(worker, row, size):
    """The quality whose file is nearest to that size: sizes grow with quality, so by halving."""
    low, high = 1, 100
    while low < high:
        middle = (low + high) // 2
        if worker.ask(row, middle)[1] < size:
            low = middle + 1
        else:
            high = middle
    return min((low, max(1, low - 1)), key=lambda quality: abs(worker.ask(row, quality)[1] / size - 1))


def matched(workers, row):
    """A quality for each. sharp's own moves a little, where no whole number of the first one's meets its size."""
    centre = SHARP_QUALITY[row.kind]
    best = None
    for quality in sorted(range(centre - 4, centre + 5), key=lambda quality: abs(quality - centre)):
        size = workers["sharp"].ask(row, quality)[1]
        ours = matching_quality(workers["dozo"], row, size)
        off = abs(workers["dozo"].ask(row, ours)[1] / size - 1)
        if best is None or off < best[0]:
            best = (off, quality, ours, size)
        if off <= 0.005:
            break
    _, quality, ours, size = best
    others = {
        name: matching_quality(worker, row, size)
        for name, worker in workers.items()
        if name not in ("dozo", "sharp")
    }
    return {"dozo": ours, "sharp": quality, **others}


def measure(workers, row, rounds, scratch):
    qualities = matched(workers, row)
    reference = distance.reference(row.source, boxed(row), (row.width, row.height))
    times = {name: [] for name in workers}
    for _ in range(rounds):
        for name, worker in workers.items():
            times[name].append(worker.ask(row, qualities[name])[0])
    results = {}
    for name, worker in workers.items():
        file = scratch / f"{name}.{row.kind.split('-')[0]}"
        size = worker.ask(row, qualities[name], file)[1]
        picture = distance.opened(file)
        results[name] = {
            "median_ms": statistics.median(times[name]),
            "bytes": size,
            "quality": qualities[name],
            "psnr_db": distance.psnr(reference, picture),
            "ssim": distance.ssim(reference, picture),
        }
    results["dozo"]["ratio"] = results["sharp"]["median_ms"] / results["dozo"]["median_ms"]
    return {"row": row.name, "promised": row.promised, "results": results}


def boxed(row):
    if row.crop is None:
        return None
    x, y, width, height = row.crop
    return (x, y, x + width, y + height)


PEAK = "peak memory of a process that makes one thumbnail"
FIRST = "first thumbnail of a fresh process, exec to end"


def first_thumbnail(commands, row, rounds):
    """From exec to the end of a process that makes one thumbnail."""
    times = {"dozo": [], "sharp": []}
    for _ in range(rounds):
        for name, values in times.items():
            start = time.perf_counter()
            command = [*commands[name], *fields(row, 80, "-")]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            values.append((time.perf_counter() - start) * 1000)
    results = {name: {"median_ms": statistics.median(values)} for name, values in times.items()}
    results["dozo"]["ratio"] = results["sharp"]["median_ms"] / results["dozo"]["median_ms"]
    return {"row": f"{FIRST}: {row.name}", "promised": 4.0, "results": results}


JUDGED = "judged, and rendered from its preview"
WAYS = ["judged", "placeholder", "reduced", "with preview", "320 of preview", "320 of file"]
# Milliseconds that the placeholder of a photo may add to its judgement, and what a preview may multiply it by.
PLACEHOLDER_LIMIT, PREVIEW_LIMIT = 3.0, 1.3


def judged(judge, row, rounds):
    """What a placeholder and a preview add to a picture's judgement, and what a preview saves."""
    ran = subprocess.run([judge, row.source, str(rounds)], check=True, stdout=subprocess.PIPE, text=True)
    *medians, size = ran.stdout.strip().split("\t")
    times = dict(zip(WAYS, map(float, medians)))
    results = {way: {"median_ms": time} for way, time in times.items()}
    results["placeholder"]["added_ms"] = times["placeholder"] - times["judged"]
    results["with preview"]["preview_bytes"] = int(size)
    results["with preview"]["of_judged"] = times["with preview"] / times["judged"]
    results["320 of preview"]["of_file"] = times["320 of preview"] / times["320 of file"]
    return {"row": f"{row.source.name}, {JUDGED}", "results": results}


# Bytes.
PEAK_LIMIT = 16_000_000


def peak(command, row):
    """What a process that renders this row alone holds at most, its source's bytes in it, as Linux counts it (VmHWM)."""
    worker = Worker(command)
    worker.ask(row, 80)
    status = Path(f"/proc/{worker.process.pid}/status").read_text()
    worker.stop()
    (kibibytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return {"row": f"{PEAK}: {row.name}", "results": {"dozo": {"peak_bytes": int(kibibytes) * 1024}}}


def said(*command):
    return subprocess.run(command, capture_output=True, text=True, cwd=HERE, check=False).stdout.strip()


def head():
    """As bench/src/head.rs: where the figures come from."""
    import PIL
    import pyvips

    def told(file, name):
        path = Path(file)
        lines = path.read_text().splitlines() if path.exists() else []
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), "")

    lock = json.loads((HERE / "package-lock.json").read_text())
    memory = told("/proc/meminfo", "MemTotal").split(" ")[0] or "0"
    dirty = "+" if said("git", "status", "--porcelain") else ""
    return {
        "cpu": told("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_bytes": int(memory) * 1024,
        "commit": said("git", "rev-parse", "--short=12", "HEAD") + dirty,
        "versions": {
            "libvips": ".".join(str(pyvips.version(part)) for part in range(3)),
            "node": said("node", "--version"),
            "pillow": PIL.__version__,
            "rustc": said("rustc", "--version"),
            "sharp": lock["packages"]["node_modules/sharp"]["version"],
        },
    }


def cuts(workers, folder, scratch):
    def ask(name, file, crop, destination):
        row = [str(file), crop, str(salience.SIDE), str(salience.SIDE), "jpeg", "95", str(destination)]
        workers[name].ask_fields(row)

    return salience.compare(ask, folder, scratch)


NOTES = [
    "One thread each, the source in memory, contenders in turns; medians. `ratio` is sharp's time over Dozo's.",
    "Qualities are chosen so that files are of one size. PSNR and SSIM are to the full picture reduced by Lanczos.",
]


def print_head(about):
    gibibytes = about["memory_bytes"] >> 30
    print(f"machine  {about['cpu']}, {about['cores']} cores, {gibibytes} GiB\ncommit   {about['commit']}")
    for name, version in about["versions"].items():
        print(f"{name:<8} {version}")
    print("\n" + "\n".join(NOTES), flush=True)


def missed(is_so):
    return ", MISSED" if is_so else ""


def print_row(measured):
    print(f"\n{measured['row']}", flush=True)
    for name, result in measured["results"].items():
        line = f"  {name:<{max(7, *map(len, measured['results']))}}"
        if "median_ms" in result:
            line += f"{result['median_ms']:9.2f} ms"
        if "share" in result:
            line += f"{result['whole']:4} whole, {result['share']:.1%} of the subjects in sight"
        if "peak_bytes" in result:
            line += f"{result['peak_bytes'] / 1e6:9.2f} MB (to hold: {PEAK_LIMIT / 1e6:.0f} MB{missed(result['peak_bytes'] > PEAK_LIMIT)})"
        if "added_ms" in result:
            added = result["added_ms"]
            line += f"  {added:+.2f} ms (to hold: {PLACEHOLDER_LIMIT:.0f} ms{missed(added > PLACEHOLDER_LIMIT)})"
        if "of_judged" in result:
            ratio = result["of_judged"]
            line += f"  {ratio:.2f}× judged, {result['preview_bytes']:,} B (to hold: {PREVIEW_LIMIT:.1f}×{missed(ratio > PREVIEW_LIMIT)})"
        if "of_file" in result:
            line += f"  {result['of_file']:.2f}× of the file's time"
        if "bytes" in result:
            line += (
                f" {result['bytes']:9,} B  q{result['quality']:<3}"
                f" {result['psnr_db']:6.2f} dB  {result['ssim']:.4f}"
            )
        if "ratio" in result:
            line += f"  {result['ratio']:.2f}× {measured.get('than', 'sharp')}"
            if measured.get("promised"):
                line += f" (to hold: {measured['promised']:.2f}×{missed(result['ratio'] < measured['promised'])})"
        print(line, flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--worker", required=True, help="Dozo's worker")
    parser.add_argument("--judge", required=True, help="Dozo's worker that judges pictures")
    parser.add_argument("--heic-worker", required=True, help="Dozo's worker for HEIC")
    parser.add_argument("--ffmpeg", required=True, help="the program that decodes HEVC")
    parser.add_argument("--folder", type=Path, required=True, help="where the pictures are kept")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="", help="rows whose name holds this")
    parser.add_argument("--format", default="text", choices=["text", "json"])
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()

    make_images.make(options.folder)
    commands = {
        "dozo": [options.worker],
        "sharp": ["node", str(HERE / "sharp_worker.mjs")],
        "pillow": [sys.executable, str(HERE / "pillow_worker.py")],
        "pyvips": [sys.executable, str(HERE / "pyvips_worker.py")],
    }
    about = head()
    as_text = options.format == "text"
    if as_text:
        print_head(about)
    rows = table.own(options.files) if options.files else table.standard(options.folder)
    measured = []
    for row in measurements(options, commands, rows):
        measured.append(row)
        if as_text:
            print_row(row)
    if not as_text:
        print(json.dumps({"benchmark": "images", "head": about, "notes": NOTES, "rows": list(flat(measured))}))
    peaks = [row["results"]["dozo"]["peak_bytes"] for row in measured if row["row"].startswith(PEAK)]
    if any(bytes_held > PEAK_LIMIT for bytes_held in peaks):
        raise SystemExit(f"a thumbnail takes more than the {PEAK_LIMIT / 1e6:.0f} MB that it may")


def measurements(options, commands, rows):
    """Each row as it is measured. FILEs of the user's own are compared and judged only."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        workers = {name: Worker(command) for name, command in commands.items()}
        for row in rows:
            if options.only in row.name:
                yield measure(workers, row, options.rounds, scratch)
        if not options.files and options.only in salience.NAME:
            yield cuts(workers, options.folder, scratch)
        for worker in workers.values():
            worker.stop()
    if not options.files and options.only in heic.NAME:
        yield heic.measure(options.heic_worker, options.ffmpeg, options.folder, options.rounds)
    if not options.files and options.only in FIRST:
        yield first_thumbnail(commands, rows[1], options.rounds)
    if options.only in JUDGED:
        sources = {row.source: row for row in rows if row.source.name not in ("rgba.png", "12mp-progressive.jpg")}
        for row in sources.values():
            yield judged(options.judge, row, options.rounds)
    if not options.files and options.only in PEAK and Path("/proc/self/status").exists():
        for row in rows:
            if row.source.name == "24mp.jpg":
                yield peak(commands["dozo"], row)


def flat(measured):
    for row in measured:
        for name, figures in row["results"].items():
            yield {"case": f"{row['row']} · {name}", "figures": figures}


if __name__ == "__main__":
    main()
