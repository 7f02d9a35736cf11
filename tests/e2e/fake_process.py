"""Stands in for hub.cli.process, so that tests of the supervisor start in no time: same arguments, same ways to end."""

import argparse
import http.server
import os
import signal
import socket
import sys
import threading
from pathlib import Path

from hub.cli.process import die_with_parent, stop_on_signal
from hub.settings import load_settings


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        return None


def serve(descriptor: int, stop: threading.Event) -> None:
    server = http.server.HTTPServer(("127.0.0.1", 0), Answer, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.socket(fileno=descriptor)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("role")
    parser.add_argument("--parent-fd", type=int, default=-1)
    parser.add_argument("--socket-fd", type=int, default=-1)
    given = parser.parse_args()
    folder = load_settings().data_dir
    if (folder / f"broken-{given.role}").exists():
        sys.exit("它坏了 / it is broken")
    if given.role == "migrate":
        return
    die_with_parent(given.parent_fd)
    stop = stop_on_signal()
    if (folder / "deaf").exists():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stop = threading.Event()
    with open(Path(folder) / "started", "a", encoding="utf-8") as file:
        file.write(f"{given.role} {os.getpid()}\n")
    if given.role == "api":
        serve(given.socket_fd, stop)
    stop.wait()


if __name__ == "__main__":
    main()
