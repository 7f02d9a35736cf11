"""A worker process for tests that kill it: `python dying_worker.py FOLDER NAME` pushes what is due at the ERP until it dies."""

import sys
from pathlib import Path

from hub.connector.discovery import connectors
from hub.sync.engine import Engine
from tests.e2e.small_hub import SmallHub


def main(folder: str, name: str) -> None:
    hub = SmallHub(Path(folder), connectors())
    hub.engine = Engine(hub.db, hub.clients, now=hub.now, worker=name)
    print("ready", flush=True)
    while True:
        for task in hub.engine.due():
            if task.kind != "pull":
                hub.engine.run(task)


if __name__ == "__main__":
    main(*sys.argv[1:])
