"""A server of HTTP that answers range requests for the files of a folder, in a process of its own.

``/NAME`` has an ETag, ``/weak/NAME`` a weak one, ``/none/NAME`` none. While there is a file ``stall`` in the folder, requests wait;
while there is a file ``slow``, each takes 20 ms. ``/stats`` tells what has been asked for.
"""

import hashlib
import json
import re
import select
import socket
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[1])
COUNTS: Counter[str] = Counter()
LOCK = threading.Lock()


def count(event: str, change: int = 1) -> None:
    with LOCK:
        COUNTS[event] += change


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        count("connections")

    def is_given_up(self) -> bool:
        """Wait for a moment, and tell whether the client has closed the connection."""
        readable, _, _ = select.select([self.request], [], [], 0.01)
        return bool(readable) and not self.request.recv(1, socket.MSG_PEEK)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if self.path == "/stats":
            with LOCK:
                body = json.dumps(COUNTS).encode()
            self.answer(200, body)
            return
        count("requests")
        if "?secret" in self.path:
            count("secrets")
        if (FOLDER / "stall").exists():
            count("waiting")
            while (FOLDER / "stall").exists():
                if self.is_given_up():
                    count("given_up")
                    count("waiting", -1)
                    self.close_connection = True
                    return
            count("waiting", -1)
        if (FOLDER / "slow").exists():
            time.sleep(0.02)
        *kind, name = self.path.partition("?")[0].strip("/").split("/")
        try:
            content = (FOLDER / name).read_bytes()
        except FileNotFoundError:
            self.answer(404)
            return
        if kind == ["forbidden"]:
            self.answer(403)
            return
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        headers = {"weak": {"ETag": f"W/{etag}"}, "none": {}}.get("".join(kind), {"ETag": etag})
        wanted = self.headers.get("If-Match")
        if wanted is not None and wanted != headers.get("ETag"):
            count("refused")
            self.answer(412)
            return
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if match is None:
            self.answer(200, content, **headers)
            return
        first, last = match.groups()
        start = int(first) if first else max(0, len(content) - int(last))
        end = min(int(last) + 1, len(content)) if first and last else len(content)
        headers["Content_Range"] = f"bytes {start}-{end - 1}/{len(content)}"
        self.answer(206, content[start:end], **headers)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Takes many connections at once."""

    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients may go away at any time."""


if __name__ == "__main__":
    with Server(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
