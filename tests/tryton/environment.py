"""`.venv-tryton`: a real Tryton server and its client, and a database that is set up once and copied from then on."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests import environments

FOLDER = environments.ROOT / ".venv-tryton"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
SETUP = Path(__file__).with_name("setup_erp.py")
SERVER = Path(__file__).with_name("server.py")
USER, PASSWORD = "admin", "Hub-Admin-2026"
MODULES = (
    "ir",
    "res",
    "party",
    "company",
    "product",
    "account",
    "account_product",
    "account_invoice",
    "account_invoice_stock",
    "sale",
    "commission",
)


@dataclass(frozen=True)
class Template:
    """A database with one company, and the ids that tests refer to."""

    python: Path
    database: Path
    facts: Mapping[str, Any]


def template() -> Template:
    """Built when it is not there yet: about 30 s to install, 45 s to set up."""
    python = environments.ensure(FOLDER, REQUIREMENTS)
    name = f"{environments.fingerprint(REQUIREMENTS, SETUP)[:16]}-{datetime.now(UTC).year}"  # fiscal years are those around today
    database, facts = FOLDER / f"template-{name}.sqlite", FOLDER / f"template-{name}.json"
    with environments.locked(FOLDER):
        if not facts.exists():
            _build(python, database, facts)
    return Template(python, database, json.loads(facts.read_text()))


@contextmanager
def running(python: Path, source: Path, folder: Path) -> Iterator[str]:
    """The address of a server over a copy of `source` in `folder`."""
    command = [str(python), str(SERVER), str(folder), str(source)]
    variables = {**os.environ, "TZ": "UTC", "PYTHONIOENCODING": "utf-8", "TRYTON_TEST_PASSWORD": PASSWORD}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=variables
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError(f"Tryton did not start: {(folder / 'server.log').read_text()[-2000:]}")
            yield url
        finally:
            process.stdin.close()
            process.wait(10)
            process.stdout.close()


def _build(python: Path, database: Path, facts: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "data" / "erp.sqlite").touch()
        (folder / "admin.conf").write_text(
            f"[database]\nuri = sqlite://\npath = {folder / 'data'}\n[password]\nlength = 4\nentropy = 0\n"
        )
        (folder / "password").write_text(PASSWORD + "\n")
        admin = [str(python.with_name("trytond-admin")), "-c", str(folder / "admin.conf"), "-d", "erp", "-u", *MODULES]
        variables = {**os.environ, "TRYTONPASSFILE": str(folder / "password"), "TZ": "UTC"}
        environments.run(*admin, "--activate-dependencies", "--email", "admin@example.com", env=variables)
        with running(python, folder / "data" / "erp.sqlite", folder) as url:
            environments.run(str(python), str(SETUP), f"{url}/erp/rpc/", USER, PASSWORD, str(folder / "facts.json"))
        # What the server wrote lies partly in its log: copied by SQLite, it is whole.
        environments.run(str(python), "-c", _COPY, str(folder / "erp.sqlite"), str(database))
        facts.write_text((folder / "facts.json").read_text())


_COPY = """
import sqlite3, sys
source, target = sqlite3.connect(sys.argv[1]), sqlite3.connect(sys.argv[2])
target.execute("PRAGMA journal_mode = DELETE")
source.execute("DELETE FROM ir_session")
source.commit()
source.backup(target)
target.close(); source.close()
"""


if __name__ == "__main__":
    print(template())
