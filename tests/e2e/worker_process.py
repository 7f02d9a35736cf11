"""A worker process with an engine that takes its time, for tests that kill it: `python worker_process.py URL DB RUN LOG ID`."""

import sys
import time
from pathlib import Path

from hub.cli.process import stop_on_signal
from hub.queue.broker import HubBroker
from hub.queue.client import connect
from hub.queue.presence import Presence
from hub.queue.queue import Queue
from hub.queue.worker import WorkerProcess
from hub.settings import load_settings
from hub.store.database import Database
from hub.sync.tasks import RunReport, Task
from tests.unit.queue.fake_engine import FakeEngine, make_work

SLOW_S = {1: 0.0, 2: 0.7, 3: 3600.0}
"""Seconds that the run of each flow takes; flow 4 takes an hour until the file `quick` exists."""


class SlowEngine(FakeEngine):
    """Writes "<begin|end> <flow> <worker>" lines to a file."""

    def __init__(self, log: Path, name: str) -> None:
        super().__init__()
        self.log = log
        self.name = name

    def run(self, task: Task) -> RunReport:
        self._write("begin", task)
        quick = (self.log.parent / "quick").exists()
        time.sleep(0.0 if quick else SLOW_S.get(task.flow_id, 3600.0))
        self._write("end", task)
        return RunReport(1, "ok", {"updated": 1})

    def _write(self, word: str, task: Task) -> None:
        with open(self.log, "a", encoding="utf-8") as file:
            file.write(f"{word} {task.flow_id} {self.name}\n")


def main(url: str, database: str, run: str, log: str, name: str) -> None:
    stop = stop_on_signal()
    db = Database(database)
    queue = Queue(HubBroker(connect(url), name))
    settings = load_settings(data_dir=run, stop_s=2, sync_threads=2, push_threads=1, alert_threads=1)
    with Presence(Path(run)).hold(name):
        worker = WorkerProcess(make_work(SlowEngine(Path(log), name), queue, db), settings)
        print("ready", flush=True)
        worker.run(stop)
    db.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
