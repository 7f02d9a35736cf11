"""The worker process: Dramatiq's threads under our own rules for starting and stopping."""
# mypy: disallow-untyped-calls=False

import logging
import threading
from collections.abc import Callable

from dramatiq import Worker

from hub.queue.actors import Work, declare
from hub.queue.presence import Beat
from hub.settings import Settings

log = logging.getLogger(__name__)

#: How often an idle worker thread looks whether it shall stop.
WAKE_MS = 1000
_TICK_S = 1.0


class WorkerProcess:
    """Threads for each queue of its own, so that neither long pulls nor slow pushes hold up the others or an alert."""

    def __init__(self, work: Work, settings: Settings) -> None:
        broker = work.queue.broker
        declare(broker, work)
        threads = {"sync": settings.sync_threads, "push": settings.push_threads, "alerts": settings.alert_threads}
        self._workers = [
            Worker(broker, queues={queue}, worker_timeout=WAKE_MS, worker_threads=count)
            for queue, count in threads.items()
        ]
        self._beat = Beat(broker.client, broker.broker_id, "worker")
        self._stop_s = settings.stop_s

    def run(self, stop: threading.Event, *, every_second: Callable[[], None] = lambda: None) -> None:
        """Works until `stop` is set, then lets the work in hand finish for up to settings.stop_s."""
        for worker in self._workers:
            worker.start()
        while not stop.is_set():
            self._beat.tell()
            _carefully(every_second)
            stop.wait(_TICK_S)
        self._stop()
        _carefully(every_second)
        self._beat.end()

    def _stop(self) -> None:
        """All at once: each waits for its threads, and what they have not begun goes back to the queue."""
        stopping = [threading.Thread(target=worker.stop, args=(int(self._stop_s * 1000),)) for worker in self._workers]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()
        log.info("worker stopped")


def _carefully(chore: Callable[[], None]) -> None:
    """A chore beside the work must not end the worker."""
    try:
        chore()
    except Exception:
        log.exception("a chore of the worker failed; it is tried again in a second")
