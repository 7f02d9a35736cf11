"""NocoBase itself: installed from npm, on a PostgreSQL of its own, with the collections that the shipped mapping needs."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.postgres import binaries

HERE = Path(__file__).parent
ACCOUNT, PASSWORD = "admin@nocobase.com", "admin123"  # of every fresh installation
START_S = 300.0
TEXT = {"type": "string", "interface": "input"}
NUMBER = {"type": "decimal", "interface": "number", "precision": 20, "scale": 6}
WHOLE = {"type": "bigInt", "interface": "integer"}
COLLECTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "customers": dict.fromkeys(
        ("number", "name", "tax_code", "mobile", "phone", "email", "industry", "level", "address", "remark"), TEXT
    ),
    "contacts": {**dict.fromkeys(("name", "mobile", "phone", "email", "title", "remark"), TEXT), "customer_id": WHOLE},
    "products": {**dict.fromkeys(("number", "name", "specification", "unit"), TEXT), "price": NUMBER},
    "order_lines": {
        **dict.fromkeys(("product_name", "unit"), TEXT),
        "product_id": WHOLE,
        "quantity": NUMBER,
        "price": NUMBER,
    },
    "orders": {
        **dict.fromkeys(("number", "status", "currency", "remark"), TEXT),
        "date": {"type": "dateOnly", "interface": "date"},
        "customer_id": WHOLE,
        "total": NUMBER,
        "lines": {"type": "hasMany", "interface": "o2m", "target": "order_lines", "foreignKey": "order_id"},
    },
}


@dataclass
class NocoBase:
    """A running server. `web` calls it as an administrator in the browser does."""

    url: str
    api_key: str
    web: httpx.Client

    def call(self, path: str, body: Any = None, **query: str) -> Any:
        method = "GET" if body is None else "POST"
        reply = self.web.request(method, f"/{path}", json=body, params=query)
        assert reply.status_code == 200, f"{path}: {reply.status_code} {reply.text[:300]}"
        return reply.json()["data"]

    def rows(self, collection: str, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call(f"{collection}:list", pageSize="500", sort="id", **query)
        return found

    def edit(self, collection: str, row: int, **changes: Any) -> None:
        assert self.call(f"{collection}:update", changes, filterByTk=str(row))


def installed(folder: Path) -> Path:
    """The folder with NocoBase in it; npm fetches it the first time (about two minutes)."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "package.json").read_text("utf-8")
    done = folder / ".installed"
    if not done.is_file() or done.read_text("utf-8") != wanted:
        (folder / "package.json").write_text(wanted, "utf-8")
        # Without --legacy-peer-deps npm takes newer plugins than the application's.
        flags = ["--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(["npm", "install", *flags], cwd=folder, check=True)
        done.write_text(wanted, "utf-8")
    # What NocoBase's own generator of applications would lay beside it.
    (folder / "packages/plugins").mkdir(parents=True, exist_ok=True)
    for name, text in (("tsconfig.json", '{"extends": "./tsconfig.paths.json"}'), (".env", "\n"), (".env.e2e", "\n")):
        (folder / name).write_text(text, "utf-8")
    return folder


@contextmanager
def running_nocobase(folder: Path, work: Path) -> Iterator[NocoBase]:
    """A fresh NocoBase; everything it writes but its program stays in `work`."""
    with _postgres() as port:
        app = _free_port()
        environment = _environment(folder, work, database=port, app=app)
        program = folder / "node_modules/.bin/nocobase-v1"
        with open(work / "nocobase.log", "wb") as log:
            run = {"cwd": folder, "env": environment, "stdout": log, "stderr": log}
            subprocess.run([program, "install"], check=True, **run)  # type: ignore[call-overload]
            server = subprocess.Popen([program, "start"], start_new_session=True, **run)  # type: ignore[call-overload]
            try:
                yield _ready(f"http://127.0.0.1:{app}/api/", server, work / "nocobase.log")
            finally:
                os.killpg(server.pid, signal.SIGTERM)
                server.wait(30)


def _environment(folder: Path, work: Path, *, database: int, app: int) -> dict[str, str]:
    """What NocoBase reads. Its process manager keeps its state in `work`, so that no other one is met."""
    own = {
        "APP_ENV": "production",
        "APP_KEY": secrets.token_hex(32),
        "APP_PORT": str(app),
        "API_BASE_PATH": "/api/",
        "DB_DIALECT": "postgres",
        "DB_HOST": "127.0.0.1",
        "DB_PORT": str(database),
        "DB_DATABASE": "nocobase",
        "DB_USER": "postgres",
        "DB_PASSWORD": "none",
        "PM2_HOME": str(work / "pm2"),
        "TZ": "Asia/Shanghai",
        "INIT_ROOT_EMAIL": ACCOUNT,
        "INIT_ROOT_PASSWORD": PASSWORD,
        "INIT_ROOT_USERNAME": "nocobase",
        "INIT_ROOT_NICKNAME": "Admin",
    }
    return {**os.environ, **own, "PATH": f"{folder / 'node_modules/.bin'}:{os.environ['PATH']}"}


@contextmanager
def _postgres() -> Iterator[int]:
    """A PostgreSQL on a free port (NocoBase connects by TCP)."""
    port, home = _free_port(), binaries()
    data = Path(tempfile.mkdtemp(prefix="hub-pg-"))  # not below pytest's folder, where user postgres may not look
    user = "postgres" if os.geteuid() == 0 else None
    as_user: dict[str, Any] = {"user": user, "group": user, "extra_groups": []} if user else {}
    if user:
        shutil.chown(data, user)
    init = [
        home / "initdb",
        "-D",
        data / "d",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
        "--auth=trust",
    ]
    subprocess.run(init, check=True, capture_output=True, cwd=data, **as_user)
    options = [f"-cport={port}", "-clisten_addresses=127.0.0.1", "-cfsync=off", "-ctimezone=Asia/Shanghai"]
    server = subprocess.Popen(
        [home / "postgres", "-D", data / "d", "-k", data, *options], cwd=data, stderr=subprocess.DEVNULL, **as_user
    )
    try:
        create = [home / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "nocobase"]
        deadline = time.monotonic() + 30
        while subprocess.run(create, check=False, capture_output=True).returncode:
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.2)
        yield port
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        shutil.rmtree(data, ignore_errors=True)


def _ready(url: str, server: "subprocess.Popen[bytes]", log: Path) -> NocoBase:
    web = httpx.Client(base_url=url, timeout=60, trust_env=False)
    deadline = time.monotonic() + START_S
    while True:
        assert server.poll() is None and time.monotonic() < deadline, log.read_text("utf-8", "replace")[-2000:]
        try:
            sign_in = {"account": ACCOUNT, "password": PASSWORD}
            reply = web.post("/auth:signIn", json=sign_in, headers={"X-Authenticator": "basic"})
            if reply.status_code == 200:
                break
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    web.headers["Authorization"] = f"Bearer {reply.json()['data']['token']}"
    made = NocoBase(url.rstrip("/"), "", web)
    made.api_key = made.call("apiKeys:create", {"name": "hub", "role": {"name": "root"}, "expiresIn": "never"})["token"]
    for name, fields in COLLECTIONS.items():
        made.call("collections:create", _collection(name, fields))
    return made


def _collection(name: str, fields: dict[str, dict[str, Any]]) -> dict[str, Any]:
    own = [
        {**WHOLE, "name": "id", "autoIncrement": True, "primaryKey": True, "allowNull": False},
        {"name": "createdAt", "type": "date", "interface": "createdAt", "field": "createdAt"},
        {"name": "updatedAt", "type": "date", "interface": "updatedAt", "field": "updatedAt"},
        {**TEXT, "name": "hub_key", "unique": True},
    ]
    given = [{**field, "name": field_name, "uiSchema": {"title": field_name}} for field_name, field in fields.items()]
    return {
        "name": name,
        "title": name,
        "createdAt": True,
        "updatedAt": True,
        "autoGenId": True,
        "fields": [*own, *given],
    }


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
