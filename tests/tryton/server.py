"""A Tryton server for tests, run by the interpreter of .venv-tryton: the vendor's own WSGI application on a free port.

    python server.py FOLDER TEMPLATE

Added for the tests: a clock that can be moved, and the way back to the template. Ends when its standard input closes.
"""

import datetime as dt
import json
import os
import sqlite3
import sys
import threading
import types
from pathlib import Path

import pwdlib
import pwdlib.hashers.argon2

FOLDER, TEMPLATE = Path(sys.argv[1]), Path(sys.argv[2])
CONFIG = f"""[database]
uri = sqlite://
path = {FOLDER}
list = True
[session]
timeout = 31536000
max_age = 31536000
[password]
length = 4
entropy = 0
"""
(FOLDER / "trytond.conf").write_text(CONFIG)
os.environ["TRYTOND_CONFIG"] = str(FOLDER / "trytond.conf")
os.environ["TRYTOND_DATABASE_NAMES"] = "erp"
DATABASE = FOLDER / "erp.sqlite"
DATABASE.touch()
PASSWORD = ""


def restore():
    """The live database becomes what the template is; who is signed in stays so."""
    source, target = sqlite3.connect(TEMPLATE), sqlite3.connect(DATABASE)
    kept = target.execute("SELECT * FROM ir_session").fetchall() if DATABASE.stat().st_size else []
    source.backup(target)
    for row in kept:  # signing in takes longer than all the rest
        target.execute(f"INSERT INTO ir_session VALUES ({', '.join('?' * len(row))})", row)
    if PASSWORD:
        target.execute("UPDATE res_user SET password_hash = ? WHERE password_hash IS NOT NULL", [PASSWORD])
    target.commit()
    source.close()
    target.close()


restore()

from trytond.backend.sqlite import database  # noqa: E402

OFFSET = [dt.timedelta()]
_plain_now = database.now


def moved_now():
    """SQLite's now(), moved; one moment per transaction, as the vendor's."""
    return (dt.datetime.fromisoformat(_plain_now()) + OFFSET[0]).isoformat(" ")


database.now = moved_now

from trytond.application import app  # noqa: E402
from trytond.cache import Cache  # noqa: E402
from trytond.res import user  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

# The kit signs in for every test: its password is hashed as cheaply as can be.
CHEAP = pwdlib.hashers.argon2.Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
user.PASSWORD_HASH = pwdlib.PasswordHash([CHEAP])
user.time = types.SimpleNamespace(sleep=lambda _seconds: None)  # after a failed login it keeps its caller waiting
PASSWORD = user.PASSWORD_HASH.hash(os.environ["TRYTON_TEST_PASSWORD"])


def application(environ, start_response):
    if not environ["PATH_INFO"].startswith("/_test/"):
        return app(environ, start_response)
    size = int(environ.get("CONTENT_LENGTH") or 0)
    asked = json.loads(environ["wsgi.input"].read(size) or b"{}")
    if environ["PATH_INFO"] == "/_test/reset":
        restore()
        Cache.drop("erp")
        OFFSET[0] = dt.timedelta()
    elif environ["PATH_INFO"] == "/_test/forget":
        Cache.drop("erp")
    elif environ["PATH_INFO"] == "/_test/clock":
        OFFSET[0] = dt.timedelta(seconds=asked["offset_s"])
    elif environ["PATH_INFO"] == "/_test/sql":
        with sqlite3.connect(DATABASE, timeout=10) as connection:
            connection.execute(asked["sql"], asked["given"])
        connection.close()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b"{}"]


restore()
server = make_server("127.0.0.1", 0, application, threaded=True)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server.serve_forever()
