"""Python, disk, rights, key and port of this machine."""

import http.client
import os
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from hub.cli.checks.finding import Finding, error_of, ok
from hub.errors import HubError, Text
from hub.settings import Settings
from hub.store.secrets import KEY_FILE, existing_box

OLDEST_PYTHON = (3, 11)
LOW_DISK, FULL_DISK = 2 * 1024**3, 256 * 1024**2


def python_version() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if tuple(sys.version_info[:2]) >= OLDEST_PYTHON:
        return ok("python", f"Python {version}", f"Python {version}")
    return Finding(
        "python", "bad", Text(f"Python {version}", f"Python {version}"), Text("需要 3.11 以上", "needs 3.11 or later")
    )


def machine(settings: Settings) -> Iterator[Finding]:
    """Disk space and rights of the data folder."""
    folder = settings.data_dir
    free = shutil.disk_usage(_existing(folder)).free
    yield disk(folder, free)
    if not folder.exists():
        yield ok("data_dir", f"{folder} 将在首次启动时建立", f"{folder} will be made at the first start")
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
        yield ok("data_dir", f"数据目录 {folder}", f"data folder {folder}")


def disk(folder: Path, free: int) -> Finding:
    left = f"{free / 1024**3:.1f} GB"
    found = Text(f"{folder} 所在磁盘剩余 {left}", f"{left} free for {folder}")
    if free >= LOW_DISK:
        return Finding("disk", "ok", found)
    fix = Text("请腾出空间，或把 HUB_DATA_DIR 移到更大的磁盘", "free some, or move HUB_DATA_DIR to a larger disk")
    return Finding("disk", "bad" if free < FULL_DISK else "warning", found, fix)


def key(settings: Settings) -> Iterator[Finding]:
    """The key is there and private; making it is left to the first start."""
    in_data_dir = settings.secret_key is None and settings.secret_key_file is None
    if in_data_dir and not (settings.data_dir / KEY_FILE).exists():
        yield ok("key", "密钥将在首次启动时生成", "the key will be made at the first start")
        return
    try:
        existing_box(settings)
    except HubError as error:
        yield error_of("key", error)
        return
    yield ok("key", "密钥可用", "the key is usable")


def port(settings: Settings) -> Finding:
    """Free, or ours."""
    host, number = settings.host, settings.port
    where = f"{host}:{number}"
    if _can_bind(host, number):
        return ok("port", f"端口 {where} 空闲", f"port {where} is free")
    if _is_hub(number):
        return ok("port", f"接口在 {where} 应答", f"the API answers at {where}")
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
