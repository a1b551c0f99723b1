"""Makes an app with media of all kinds and in many states, and prints their ids as JSON.

    {"app": …, "kept": [media…], "withdrawn": [media…], "sha256": [digest of what is blocked]}

`kept` are there to be looked at and changed, `withdrawn` to be suspended, restored and deleted.
"""

import json
import pathlib
import secrets
import sys
import time

import requests

from signed import STACK, Signed

CASES = pathlib.Path(__file__).parent.parent / "cases"
PATIENCE_SECONDS = 120

KEPT = {
    "public": [
        "images/jpeg-jfif-thumbnail.jpg",
        "images/jpeg-half-of-the-scan-missing.jpg",
        "pdf/text-page-turned-90.pdf",
        "av/matrix-tag-10.mp4",
        "av/wav-length-of-sox-to-a-pipe.wav",
    ],
    "private": ["images/bmp.bmp", "av/poster-bt601-untagged.mp4"],
}
WITHDRAWN = {
    "public": ["images/gif-without-trailer.gif", "images/tiff-orientation-6.tif", "images/png-grey-profile.png"],
    "private": ["images/jpeg-sampling-3x1.jpg"],
}


def call(method, path, body=None):
    reply = requests.request(method, STACK["api"] + path, json=body, auth=Signed(), timeout=60)
    if not reply.ok:
        sys.exit(f"{method} {path}: {reply.status_code} {reply.text}")
    return reply.json()


def upload(app, files):
    """Uploads files by their visibility, and returns their media."""
    media = []
    for visibility, names in files.items():
        declared = [{"name": pathlib.Path(name).name} for name in names]
        grant = call("POST", f"/apps/{app}/uploads", {"visibility": visibility, "files": declared})
        for name, file in zip(names, grant["files"]):
            put = file["put"]
            reply = requests.put(put["url"], data=(CASES / name).read_bytes(), headers=put["headers"], timeout=60)
            reply.raise_for_status()
            media.append(file["media"])
    return media


def until_decided(app, media):
    """Waits until a media is at rest, and returns it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        reply = requests.get(f"{STACK['api']}/apps/{app}/media/{media}", auth=Signed(), timeout=60)
        if reply.ok and reply.json()["state"] not in ("validating", "processing"):
            return reply.json()
        time.sleep(0.2)
    sys.exit(f"{media} is not decided after {PATIENCE_SECONDS} s: {reply.status_code} {reply.text}")


def main():
    app = f"contract-{secrets.token_hex(4)}"
    preset = {"fit": "cover", "width": 400, "height": 300}
    call("PUT", f"/admin/apps/{app}", {"presets": {"card": preset}})
    kept, withdrawn = upload(app, KEPT), upload(app, WITHDRAWN)
    decided = [until_decided(app, media) for media in kept + withdrawn]
    # What is suspended has a block, which can be shown and lifted.
    call("POST", f"/admin/apps/{app}/media/{withdrawn[0]}/suspend", {"reason": "legal", "blocked_by": "https://authority.example/1"})
    blocked = decided[len(kept)]["sha256"]
    print(json.dumps({"app": app, "kept": kept, "withdrawn": withdrawn, "sha256": [blocked]}))


main()
