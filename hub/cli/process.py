"""One process of the product: `python -m hub.cli.process api|worker|scheduler|migrate`. Started by `hub up` and by the CLI."""

import argparse
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub.errors import HubError, TryLater
from hub.settings import Settings, load_settings

if TYPE_CHECKING:
    from hub.connector import Hint
    from hub.runtime import Runtime

log = logging.getLogger(__name__)

#: After SIGTERM and the time for the work in hand, threads that still hang are not waited for.
_HANGING_S = 5.0


def run_api(settings: Settings, *, bound: socket.socket | None = None) -> None:
    """The HTTP API until SIGTERM. `bound` is a listening socket to use instead of settings.host and settings.port."""
    import uvicorn

    from hub.api.app import create_app
    from hub.queue.supervise import bind
    from hub.runtime import Runtime

    stop_on_signal()  # uvicorn sends itself the signal again when it is done: it must not end us before we have cleared up
    listening = bound or bind(settings.host, settings.port)
    with Runtime.from_settings(settings, role="api") as runtime:
        config = uvicorn.Config(
            create_app(runtime),
            log_level=settings.log_level,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=int(settings.stop_s),
        )
        uvicorn.Server(config).run(sockets=[listening])


def run_worker(settings: Settings, *, stop: threading.Event) -> None:
    """The worker until `stop` is set."""
    from hub.queue.worker import WorkerProcess
    from hub.runtime import Runtime

    with Runtime.from_settings(settings, role="worker") as runtime:
        log.info("worker %s", runtime.process_id)
        _collect_seldom()
        WorkerProcess(runtime.work(), settings).run(stop, every_second=runtime.clients.flush)


def _collect_seldom() -> None:
    """A page makes tens of thousands of containers that live until it has landed and hold no cycles: looking through them, and
    through all modules, every few hundred costs a quarter of the work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def run_scheduler(settings: Settings, *, stop: threading.Event) -> None:
    """The scheduler until `stop` is set."""
    from hub.queue.listen import Listeners
    from hub.queue.presence import Beat
    from hub.queue.schedule import Scheduler
    from hub.runtime import Runtime

    with Runtime.from_settings(settings, role="scheduler") as runtime:
        log.info("scheduler %s", runtime.process_id)
        beat = Beat(runtime.redis, runtime.process_id, "scheduler")
        scheduler = Scheduler(
            runtime.work(),
            presence=runtime.presence,
            daily=runtime.daily(),
            zone=settings.zone,
            process_id=runtime.process_id,
        )
        listeners = Listeners(
            runtime.db,
            runtime.clients,
            runtime.redis,
            process_id=runtime.process_id,
            keep=lambda connection_id, hints: keep_streamed(runtime, connection_id, hints),
        )

        def after_tick() -> None:
            beat.tell()
            listeners.tick()

        scheduler.run(stop, after_tick=after_tick)
        listeners.end()
        beat.end()


def keep_streamed(runtime: "Runtime", connection_id: int, hints: "Sequence[Hint]") -> None:
    """What came down a vendor's stream, kept like a webhook. Raises TryLater when the database does not take it."""
    from sqlalchemy.exc import SQLAlchemyError

    from hub.api.inbound import inbound_row
    from hub.store.inbound import keep

    try:
        with runtime.db.write() as tx:
            keep(tx, [inbound_row(connection_id, hints, runtime.now())])
    except SQLAlchemyError as error:
        log.error("events of connection %s could not be kept: %s", connection_id, error)
        raise TryLater("数据库暂时写不进去", "The database does not take it now") from error
    runtime.tell_intake()


def run_migrate(settings: Settings) -> list[str]:
    """Brings the database to this code's schema. Returns the steps applied."""
    from hub.store.database import Database
    from hub.store.migrate import migrate

    db = Database(settings.database)
    try:
        return migrate(db)
    finally:
        db.close()


def stop_on_signal() -> threading.Event:
    """An event that SIGTERM and Ctrl-C set. A second signal, or hanging threads, end the process at once."""
    stop = threading.Event()

    def ask(_number: int, _frame: object) -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


def die_with_parent(parent_fd: int) -> None:
    """SIGTERM to this process as soon as the other end of the pipe closes: children must not outlive a killed parent."""

    def watch() -> None:
        while os.read(parent_fd, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="parent").start()


def log_to_stderr(settings: Settings) -> None:
    """One line per event, with time and process; libraries only when something is wrong."""
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    logging.getLogger("hub").setLevel(settings.log_level.upper())


def main(arguments: Sequence[str] | None = None) -> int:
    """0 = ended as asked, 1 = failed (the last line on stderr says why, in both languages), 2 = wrong settings."""
    parser = argparse.ArgumentParser(prog="hub.cli.process")
    parser.add_argument("role", choices=("api", "worker", "scheduler", "migrate"))
    parser.add_argument("--parent-fd", type=int, default=-1)
    parser.add_argument("--socket-fd", type=int, default=-1)
    given = parser.parse_args(arguments)
    if given.parent_fd >= 0:
        die_with_parent(given.parent_fd)
    try:
        return _run(given.role, given.socket_fd)
    except HubError as error:
        print(error.text, file=sys.stderr)
        return 1


def _run(role: str, socket_fd: int) -> int:
    settings = load_settings()
    log_to_stderr(settings)
    if role == "migrate":
        run_migrate(settings)
    elif role == "api":
        run_api(settings, bound=socket.socket(fileno=socket_fd) if socket_fd >= 0 else None)
    else:
        stop = stop_on_signal()
        (run_worker if role == "worker" else run_scheduler)(settings, stop=stop)
        _leave_hanging_threads()
    return 0


def _leave_hanging_threads() -> None:
    """A daemon thread, so that it only matters while the interpreter waits for others."""
    timer = threading.Timer(_HANGING_S, os._exit, (0,))
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    sys.exit(main())
