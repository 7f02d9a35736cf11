"""What `hub doctor` looks at. Each check only reads (the database check rolls its one write back) and says the fix."""

import os
import shutil
import socket
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import redis
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from hub.errors import HubError, Text
from hub.queue.broker import HubBroker
from hub.queue.client import QUEUES, connect
from hub.queue.presence import alive
from hub.queue.valkey import Valkey, find_binary
from hub.settings import Settings
from hub.store.core import connection
from hub.store.database import Database
from hub.store.migrate import missing, unreachable
from hub.store.secrets import KEY_FILE, box_from_settings, read_key_file

State = Literal["ok", "warning", "bad"]
NO_FIX = Text("", "")
OLDEST_PYTHON = (3, 11)
LOW_DISK, FULL_DISK = 2 * 1024**3, 256 * 1024**2
SKEW_S = 2.0
SLOW_QUEUE_S, STUCK_QUEUE_S = 60, 600


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and what to do about it unless it is ok."""

    check: str
    state: State
    found: Text
    fix: Text = NO_FIX

    def as_json(self) -> dict[str, Any]:
        return {"check": self.check, "state": self.state, "found": self.found.as_json(), "fix": self.fix.as_json()}


def _ok(check: str, zh: str, en: str) -> Finding:
    return Finding(check, "ok", Text(zh, en))


def _error(check: str, error: HubError) -> Finding:
    return Finding(check, "bad", error.text)


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, in an order in which the first bad one is usually the cause of the rest."""
    yield python_version()
    yield from machine(settings)
    yield from key(settings)
    yield from database(settings)
    yield from queue(settings)
    yield port(settings)


def python_version() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if tuple(sys.version_info[:2]) >= OLDEST_PYTHON:
        return _ok("python", f"Python {version}", f"Python {version}")
    return Finding(
        "python", "bad", Text(f"Python {version}", f"Python {version}"), Text("需要 3.11 以上", "needs 3.11 or later")
    )


def machine(settings: Settings) -> Iterator[Finding]:
    """Disk space and rights of the data folder."""
    folder = settings.data_dir
    free = shutil.disk_usage(_existing(folder)).free
    yield disk(folder, free)
    if not folder.exists():
        yield _ok("data_dir", f"{folder} 将在首次启动时建立", f"{folder} will be made at the first start")
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if not os.access(folder, os.W_OK | os.X_OK):
        found = Text(f"不能写数据目录 {folder}", f"the data folder {folder} cannot be written")
        yield Finding(
            "data_dir", "bad", found, Text(f"chown 给运行程序的用户：{folder}", f"chown {folder} to the hub's user")
        )
    elif mode & 0o002:
        found = Text(f"任何用户都能写 {folder}（{mode:04o}）", f"everybody can write {folder} ({mode:04o})")
        yield Finding("data_dir", "bad", found, Text(f"chmod 750 {folder}", f"chmod 750 {folder}"))
    else:
        yield _ok("data_dir", f"数据目录 {folder}", f"data folder {folder}")


def disk(folder: Path, free: int) -> Finding:
    left = f"{free / 1024**3:.1f} GB"
    found = Text(f"{folder} 所在磁盘剩余 {left}", f"{left} free for {folder}")
    if free >= LOW_DISK:
        return Finding("disk", "ok", found)
    fix = Text("请腾出空间，或把 HUB_DATA_DIR 移到更大的磁盘", "free some, or move HUB_DATA_DIR to a larger disk")
    return Finding("disk", "bad" if free < FULL_DISK else "warning", found, fix)


def key(settings: Settings) -> Iterator[Finding]:
    """The key is there and private; making it is left to the first start."""
    try:
        if settings.secret_key is None and settings.secret_key_file is None:
            path = settings.data_dir / KEY_FILE
            if not path.exists():
                yield _ok("key", "密钥将在首次启动时生成", "the key will be made at the first start")
                return
            read_key_file(path)
        box_from_settings(settings)
    except HubError as error:
        yield _error("key", error)
        return
    yield _ok("key", "密钥可用", "the key is usable")


def database(settings: Settings) -> Iterator[Finding]:
    """Reachable, at this code's schema, writable; the key fits what is stored; which connections wait for an admin."""
    if not settings.database_url and not (settings.data_dir / "hub.db").exists():
        yield _ok("database", "数据库将在首次启动时建立", "the database will be made at the first start")
        return
    db = Database(settings.database)
    try:
        yield from _database(db, settings)
    except HubError as error:
        yield _error("database", error)
    except DatabaseError as error:
        yield _error("database", unreachable(db, error))
    finally:
        db.close()


def _database(db: Database, settings: Settings) -> Iterator[Finding]:
    if left := missing(db):
        found = Text(f"数据库还缺迁移 {'、'.join(left)}", f"the database lacks migrations {', '.join(left)}")
        yield Finding("database", "bad", found, Text("请执行 hub migrate", "run: hub migrate"))
        return
    _try_write(db)
    yield _ok("database", f"数据库可读写：{_shown(db)}", f"the database can be read and written: {_shown(db)}")
    yield from _clock("clock.database", _database_time(db), "数据库", "database")
    with db.read() as reading:
        rows = reading.execute(select(connection).order_by(connection.c.name)).all()
    for row in rows:
        yield from _connection(row, settings)


def _connection(row: Any, settings: Settings) -> Iterator[Finding]:
    check = f"connection.{row.name}"
    try:
        if row.config:
            box_from_settings(settings).open(row.config)
    except HubError as error:
        yield _error(check, error)
        return
    if row.state == "active":
        yield _ok(check, f"连接 {row.name} 工作中", f"connection {row.name} works")
        return
    reason = row.reason or {}
    found = Text(
        f"连接 {row.name} 已暂停：{reason.get('zh') or '人工暂停'}",
        f"connection {row.name} is paused: {reason.get('en') or 'by a person'}",
    )
    fix = Text(
        f"处理后执行 hub connections test {row.name}，再在界面或接口恢复它",
        f"after fixing it run hub connections test {row.name}, then resume it",
    )
    yield Finding(check, "warning", found, fix)


def _try_write(db: Database) -> None:
    """A real write, taken back: only that proves that the disk and the rights allow one."""
    with db.write() as writing:
        writing.execute(text("INSERT INTO setting (name, value) VALUES ('doctor.probe', 'true')"))
        writing.execute(text("DELETE FROM setting WHERE name = 'doctor.probe'"))


def _database_time(db: Database) -> float:
    query = (
        "SELECT julianday('now') * 86400.0 - 210866760000.0"
        if db.is_sqlite
        else "SELECT extract(epoch FROM clock_timestamp())"
    )
    with db.read() as reading:
        return float(reading.execute(text(query)).scalar_one())


def queue(settings: Settings) -> Iterator[Finding]:
    """Redis: reachable, keeps what it is given, never evicts; then who works and how long work waits."""
    url = settings.redis_url
    if not url:
        try:
            find_binary()
        except HubError as error:
            yield _error("redis", error)
            return
        endpoint = Valkey(settings.data_dir).running()
        if endpoint is None:
            yield Finding(
                "redis", "bad", Text("内置 Redis 服务没有运行", "the embedded Redis server does not run"), _START
            )
            return
        url = endpoint.url
    try:
        with connect(url) as client:
            yield from _redis(client)
            yield from _processes(client)
            yield from _waiting(client)
    except redis.RedisError as error:
        found = Text(f"Redis 没有应答：{error}", f"Redis does not answer: {error}")
        yield Finding(
            "redis", "bad", found, Text("请检查 HUB_REDIS_URL、密码和网络", "check HUB_REDIS_URL, password and network")
        )


_START = Text("请执行 hub up，或分别启动 hub worker 与 hub scheduler", "run hub up, or hub worker and hub scheduler")


def _redis(client: redis.Redis) -> Iterator[Finding]:
    info: Any = client.info()
    yield _ok("redis", f"Redis {info.get('redis_version')} 可用", f"Redis {info.get('redis_version')} answers")
    if not info.get("aof_enabled"):
        found = Text(
            "Redis 没有打开追加日志，重启会丢失额度计数和队列",
            "Redis keeps no append-only file: a restart loses budgets and queue",
        )
        fix = Text("在 redis.conf 设 appendonly yes", "set appendonly yes in redis.conf")
        yield Finding("redis.persistence", "warning", found, fix)
    elif info.get("aof_last_write_status", "ok") != "ok":
        found = Text("Redis 最近一次写磁盘失败", "the last write of Redis to its disk failed")
        yield Finding("redis.persistence", "bad", found, Text("请检查磁盘空间", "check the disk space"))
    else:
        yield _ok("redis.persistence", "Redis 写入磁盘", "Redis keeps its data on disk")
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        found = Text(
            f"Redis 的 maxmemory-policy 是 {policy}，内存满时会删掉队列",
            f"Redis evicts ({policy}): it may drop queued work",
        )
        fix = Text("在 redis.conf 设 maxmemory-policy noeviction", "set maxmemory-policy noeviction in redis.conf")
        yield Finding("redis.eviction", "bad", found, fix)
    seconds, micros = client.time()
    yield from _clock("clock.redis", seconds + micros / 1e6, "Redis", "Redis")


def _processes(client: redis.Redis) -> Iterator[Finding]:
    for role, zh in (("worker", "工作进程"), ("scheduler", "调度进程")):
        found = alive(client, role)
        if found:
            hosts = ", ".join(sorted({one.host for one in found}))
            yield _ok(role, f"{len(found)} 个{zh}在运行（{hosts}）", f"{len(found)} {role}(s) alive ({hosts})")
        else:
            yield Finding(role, "bad", Text(f"没有{zh}在运行", f"no {role} is alive"), _START)


def _waiting(client: redis.Redis) -> Iterator[Finding]:
    broker = HubBroker(client, "doctor")
    for name in QUEUES:
        since = broker.waiting_since(name)
        depth, age = broker.depth(name), 0 if since is None else max(0, int(time.time() - since / 1000))
        found = Text(
            f"队列 {name}：{depth} 条，最久等了 {age} 秒", f"queue {name}: {depth} waiting, the oldest for {age} s"
        )
        if age < SLOW_QUEUE_S:
            yield Finding(f"queue.{name}", "ok", found)
            continue
        fix = Text(
            "请增加 HUB_WORKERS 或线程数，并查看工作进程日志",
            "raise HUB_WORKERS or the thread counts, and read the workers' logs",
        )
        yield Finding(f"queue.{name}", "bad" if age > STUCK_QUEUE_S else "warning", found, fix)


def _clock(check: str, theirs: float, zh: str, en: str) -> Iterator[Finding]:
    skew = theirs - datetime.now(UTC).timestamp()
    if abs(skew) <= SKEW_S:
        yield _ok(check, f"与{zh}的时钟一致", f"the clocks of this machine and {en} agree")
        return
    found = Text(f"{zh}的时钟与本机相差 {skew:+.1f} 秒", f"the clock of {en} differs by {skew:+.1f} s")
    yield Finding(check, "warning", found, Text("请在两台机器上打开 NTP 对时", "switch on NTP on both machines"))


def port(settings: Settings) -> Finding:
    """Free, or ours."""
    host, number = settings.host, settings.port
    where = f"{host}:{number}"
    if _can_bind(host, number):
        return _ok("port", f"端口 {where} 空闲", f"port {where} is free")
    if _is_hub(number):
        return _ok("port", f"接口在 {where} 应答", f"the API answers at {where}")
    found = Text(f"端口 {where} 不能使用，或被别的程序占用", f"port {where} cannot be used, or another program has it")
    return Finding("port", "bad", found, Text("请换一个 HUB_PORT", "choose another HUB_PORT"))


def _can_bind(host: str, number: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError:
            return False
    return True


def _is_hub(number: int) -> bool:
    import http.client

    asked = http.client.HTTPConnection("127.0.0.1", number, timeout=3)
    try:
        asked.request("GET", "/healthz")
        answer = asked.getresponse()
        return answer.status == http.client.OK and answer.read(200).replace(b" ", b"") == b'{"ok":true}'
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def _shown(db: Database) -> str:
    return db.url.render_as_string(hide_password=True)
