"""Receives webhooks as an app's back end would: with Python's own server, the public library `standardwebhooks`, and nothing of Dozo.

    receive.py DIRECTORY

It writes its port into DIRECTORY/port, waits for the secret in DIRECTORY/secret, and appends a line of JSON to
DIRECTORY/received for each delivery whose signature is right. One request in twenty is answered 500 after it was noted, as by a back end
that dies at that moment, so deliveries come again.
"""

import json
import pathlib
import random
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

DIRECTORY = pathlib.Path(sys.argv[1])
NOTED = threading.Lock()
CHANCE = random.Random(20)


def verified(body, headers):
    """The event, or None if it was not signed with the secret or is too old."""
    try:
        secret = (DIRECTORY / "secret").read_text().strip()
        return Webhook(secret).verify(body, headers)
    except (WebhookVerificationError, FileNotFoundError):
        return None


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        event = verified(body, headers)
        if event is None:
            self.answer(401)
            return
        line = {"webhook_id": headers["webhook-id"], "event": event}
        with NOTED:
            with open(DIRECTORY / "received", "a") as received:
                received.write(json.dumps(line) + "\n")
            struck = CHANCE.random() < 0.05
        self.answer(500 if struck else 204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    written = DIRECTORY / "port.new"
    written.write_text(str(server.server_port))
    # Whoever waits for the file finds it whole.
    written.rename(DIRECTORY / "port")
    server.serve_forever()


if __name__ == "__main__":
    main()
