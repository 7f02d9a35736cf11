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
#: Nobody else is connected any more (a test's threads may be leaving).
_ALONE = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
#: Every row goes, and numbering starts again. Much cheaper than a new database, which is a copy of hundreds of files.
_EMPTY = """DO $$ DECLARE name text; BEGIN
  SET session_replication_role = replica;
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE 'DELETE FROM ' || name;
  END LOOP;
  FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART';
  END LOOP;
  SET session_replication_role = origin;
END $$"""
_SCHEMA = """SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
  SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) AS line
    FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT version_num FROM alembic_version) AS lines"""
_PLAIN = ("listen_addresses=", "max_connections=300")
_FAST = (*_PLAIN, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


class Postgres:
    """A running server; `database()` gives the URL of a fresh, migrated database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)
        self._free: list[str] = []
        self._schema = ""

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def database(self, *, empty: bool = False) -> str:
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else TEMPLATE}")
        return self.url(name)

    def lend(self) -> str:
        """The URL of a migrated database without rows: one given back before, or a new one."""
        return self._free.pop() if self._free else self.database()

    def take_back(self, url: str) -> None:
        """Empty a lent database for the next test; one whose tables were changed is dropped."""
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(_ALONE))
            connection.execute(text(_EMPTY))
            as_made = self._schema == connection.execute(text(_SCHEMA)).scalar_one()
        engine.dispose()
        if as_made:
            self._free.append(url)
        else:
            self.drop(url)

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
        with db.read() as connection:
            self._schema = str(connection.execute(text(_SCHEMA)).scalar_one())
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
