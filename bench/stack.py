"""The processes of a run: the bench's vendor, and the product's own workers and scheduler on a database of either kind."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import func, select

from bench.world import World, make_world
from hub.queue.broker import HubBroker
from hub.queue.client import connect
from hub.queue.presence import alive
from hub.queue.queue import Queue
from hub.queue.valkey import Valkey
from hub.settings import load_settings
from hub.store import core
from hub.store.secrets import box_from_settings
from hub.sync.tasks import Task
from tests.postgres import Postgres

ROOT = Path(__file__).parent.parent
LONGEST_S = 1800.0
_ENTRY_POINTS = "[hub.connectors]\n" + "".join(
    f"bench_{name} = bench.connector:{name.upper()}\n" for name in ("source", "target", "chat")
)


@dataclass
class Vendor:
    """A running bench.server."""

    url: str
    process: "subprocess.Popen[bytes]"

    def counts(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self.url}/counts", timeout=30).json()
        return found

    def calls(self) -> int:
        calls = self.counts()["calls"]
        return int(calls.get("/pages", 0)) + int(calls.get("/batch", 0))

    def reset(self, records: int, wait_ms: int = 0) -> None:
        httpx.post(f"{self.url}/reset?records={records}&wait_ms={wait_ms}", timeout=300)

    def edit(self) -> None:
        httpx.post(f"{self.url}/edit", timeout=300)

    def bare(self, kind: str) -> dict[str, float]:
        """One run of a bare loop: records, seconds, cpu_s."""
        done = subprocess.run(
            [sys.executable, "-m", "bench.reference", kind, self.url], cwd=ROOT, capture_output=True, check=True
        )
        found: dict[str, float] = json.loads(done.stdout)
        return found


@contextlib.contextmanager
def running_vendor(records: int) -> Iterator[Vendor]:
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder, "port")
        process = subprocess.Popen([sys.executable, "-m", "bench.server", str(records), str(port_file)], cwd=ROOT)
        try:
            while not port_file.exists():
                time.sleep(0.02)
            vendor = Vendor(f"http://127.0.0.1:{port_file.read_text()}", process)
            vendor.counts()
            yield vendor
        finally:
            process.terminate()
            process.wait()


@dataclass
class Spent:
    """What a piece of work took. `seconds` from its first run's start to its last run's end."""

    seconds: float
    cpu_s: float
    database_cpu_s: float
    memory_mb: float
    messages: int
    counts: dict[str, int] = field(default_factory=dict)


@dataclass
class Stack:
    """Workers and a scheduler at work on `world`."""

    world: World
    queue: Queue
    workers: Sequence["subprocess.Popen[bytes]"]
    log: Path
    postgres: Postgres | None

    def work(self, task: Task) -> Spent:
        """Send one task and wait until it and all that it made due is done."""
        last, lines = self._last_run(), self._messages()
        cpu, database = self._cpu(), self._database_cpu()
        self.queue.enqueue(replace(task, trigger="person"))  # a turn by schedule is left out when it is not due
        deadline = time.monotonic() + LONGEST_S
        while not self._done(last, task.kind):
            time.sleep(0.05)
            if time.monotonic() > deadline:
                raise RuntimeError(f"{task} is not done: {self.log.read_text()[-2000:]}")
        spent = self._runs(last)
        spent.cpu_s, spent.database_cpu_s = self._cpu() - cpu, self._database_cpu() - database
        spent.memory_mb, spent.messages = max(map(_peak_mb, self.workers)), self._messages() - lines
        return spent

    def _last_run(self) -> int:
        with self.world.db.read() as db:
            return int(db.scalar(select(func.max(core.run.c.id))) or 0)

    def _done(self, last: int, kind: str) -> bool:
        runs = select(core.run.c.kind, core.run.c.state, core.run.c.error).where(core.run.c.id > last)
        with self.world.db.read() as db:
            rows = db.execute(runs).all()
        if any(row.state in ("failed", "unbalanced") for row in rows):
            raise RuntimeError(f"a run failed: {rows}")
        ended = any(row.kind == kind for row in rows) and all(row.state == "ok" for row in rows)
        return ended and not self.world.busy()

    def _runs(self, last: int) -> Spent:
        query = select(core.run.c.started_at, core.run.c.ended_at, core.run.c.counts).where(core.run.c.id > last)
        with self.world.db.read() as db:
            rows = db.execute(query).all()
        counts: dict[str, int] = {}
        for row in rows:
            for name, number in row.counts.items():
                counts[name] = counts.get(name, 0) + number
        seconds = (max(row.ended_at for row in rows) - min(row.started_at for row in rows)).total_seconds()
        return Spent(seconds, 0.0, 0.0, 0.0, 0, counts)

    def _messages(self) -> int:
        """Flow messages that workers took: each leaves one line in their log."""
        return sum(": flow." in line or " flow." in line for line in self.log.read_text().splitlines())

    def _cpu(self) -> float:
        return sum(_cpu_of(psutil.Process(worker.pid)) for worker in self.workers)

    def _database_cpu(self) -> float:
        return _tree_cpu(_postmaster(self.postgres)) if self.postgres else 0.0


def _postmaster(postgres: Postgres) -> int:
    return int((postgres.folder / "data" / "postmaster.pid").read_text().split()[0])


def _cpu_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _tree_cpu(pid: int) -> float:
    """A server with its children, the ones that ended included."""
    server = psutil.Process(pid)
    ended = server.cpu_times()
    living = 0.0
    for child in server.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            living += _cpu_of(child)
    return float(_cpu_of(server) + ended.children_user + ended.children_system + living)


def _peak_mb(process: "subprocess.Popen[bytes]") -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


@contextlib.contextmanager
def running_stack(
    vendor: Vendor,
    *,
    postgres: Postgres | None = None,
    workers: int = 1,
    parallel: int = 4,
    roles: Sequence[str] = (),
    **settings: Any,
) -> Iterator[Stack]:
    """The product on a fresh database, with the bench's connectors installed for it as any private connector would be."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name, contextlib.ExitStack() as exits:
        folder = Path(name)
        url = postgres.database(empty=True) if postgres else f"sqlite:///{folder / 'hub.db'}"
        given = load_settings(data_dir=folder, database_url=url, allow_private_hosts=True, log_level="info", **settings)
        world = make_world(given.database, vendor.url, box_from_settings(given), parallel=parallel)
        exits.callback(world.db.close)
        server = Valkey(folder)
        client = connect(server.ensure())
        exits.callback(server.stop)
        exits.callback(client.close)
        log = folder / "workers.log"
        environment = {**os.environ, **given.as_environment(), "PYTHONPATH": f"{_installed(folder)}:{ROOT}"}
        processes = [_process(role, environment, log, exits) for role in [*["worker"] * workers, "scheduler", *roles]]
        while len(alive(client)) < workers + 1:  # an API process is not among them
            time.sleep(0.05)
        time.sleep(1.0)
        yield Stack(world, Queue(HubBroker(client, "bench")), processes[:workers], log, postgres)


def _installed(folder: Path) -> Path:
    """A folder for PYTHONPATH that makes the bench's connectors discoverable."""
    info = folder / "site" / "hub_bench-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hub-bench\nVersion: 1\n")
    (info / "entry_points.txt").write_text(_ENTRY_POINTS)
    return info.parent


def _process(
    role: str, environment: dict[str, str], log: Path, exits: contextlib.ExitStack
) -> "subprocess.Popen[bytes]":
    output = exits.enter_context(log.open("ab"))
    reader, writer = os.pipe()  # the child ends when we do, whatever ends us
    exits.callback(os.close, writer)
    command = [sys.executable, "-m", "hub.cli.process", role, "--parent-fd", str(reader)]
    process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=ROOT, pass_fds=[reader])
    os.close(reader)
    exits.callback(process.wait)
    exits.callback(process.terminate)
    return process
