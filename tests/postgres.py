"""A real PostgreSQL for the tests: one server per session on a unix socket, one database per test from a template."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from hub.store.database import Database
from hub.store.migrate import migrate

TEMPLATE = "hub_template"
_PLAIN = ("listen_addresses=", "max_connections=300")
_FAST = (*_PLAIN, "fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres:
    """A running server; `database()` gives the URL of a fresh, migrated database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def database(self, *, empty: bool = False) -> str:
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else TEMPLATE}")
        return self.url(name)

    def drop(self, url: str) -> None:
        name = make_url(url).database
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def make_template(self) -> None:
        self.execute(f"CREATE DATABASE {TEMPLATE}")
        db = Database(self.url(TEMPLATE))
        migrate(db)
        db.close()


def binaries() -> Path:
    """Where initdb is. Fails (never skips) without it: `make test` installs Debian's postgresql."""
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)]
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path))
    if not found:
        raise RuntimeError("no PostgreSQL here: run `make test`, or apt-get install postgresql")
    return found[0].parent


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """A server in a folder of its own; `durable` as it comes, else without waiting for the disk. As root it runs as user postgres,
    because PostgreSQL refuses root."""
    folder = Path(tempfile.mkdtemp(prefix="hub-pg-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    server = _start(folder, user, _PLAIN if durable else _FAST)
    try:
        postgres = Postgres(folder)
        _wait(postgres, server)
        postgres.make_template()
        yield postgres
    finally:
        server.send_signal(signal.SIGINT)  # fast shutdown: TERM would wait for clients to leave
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, user: str | None, settings: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    home = binaries()
    as_user = {"user": user, "group": user, "extra_groups": []} if user else {}
    subprocess.run(
        [
            home / "initdb",
            "-D",
            folder / "data",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
            "--auth=trust",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        **as_user,
    )
    options = [part for setting in settings for part in ("-c", setting)]
    with open(folder / "log", "wb") as log:
        return subprocess.Popen(
            [home / "postgres", "-D", folder / "data", "-k", folder, *options],
            stdout=log,
            stderr=log,
            cwd=folder,
            process_group=0,
            **as_user,
        )


def _wait(postgres: Postgres, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while not (postgres.folder / ".s.PGSQL.5432").exists() or not _answers(postgres):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start: {(postgres.folder / 'log').read_text()}")
        time.sleep(0.02)


def _answers(postgres: Postgres) -> bool:
    ready = subprocess.run([binaries() / "pg_isready", "-q", "-h", postgres.folder], check=False)
    return ready.returncode == 0
