"""`python -m sandbox SYSTEM --port N`: one vendor server in the foreground."""

import argparse
import json

from sandbox import SYSTEMS
from sandbox.core.server import serve


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Run one vendor server on this machine.")
    parser.add_argument("system", choices=sorted(SYSTEMS))
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port, which is printed")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", help="a JSON file {object: [records]} to start with")
    parser.add_argument("--settings", type=json.loads, default=None, help="the sandbox's switches as a JSON object")
    parser.add_argument("--parent-fd", type=int, default=None, help="exit when this pipe closes")
    options = parser.parse_args(arguments)
    serve(
        options.system,
        options.port,
        options.host,
        options.data,
        settings=options.settings,
        parent_fd=options.parent_fd,
    )


if __name__ == "__main__":
    main()
