"""The hub's HTTP API as the demo uses it: nothing here that an admin's own script could not do."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import httpx

Answer = TypeVar("Answer")
Tell = Callable[[str], None]
TELL_EVERY_S = 15.0
MOST_S = 1800.0
"""Systems that write each other's changes back and forth would never come to rest."""


class DemoFailed(Exception):  # noqa: N818 - the one thing that ends the demo with status 1
    """Raised when something that was promised did not happen; the text says what."""


class HubApi:
    """Signed in as the demo's admin."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60)
        self._plain = httpx.Client(base_url=url, timeout=10)

    def close(self) -> None:
        self._http.close()
        self._plain.close()

    def call(self, method: str, path: str, **given: Any) -> Any:
        """The decoded answer. Raises DemoFailed with the hub's own message."""
        reply = self._http.request(method, path, **given)
        if reply.status_code >= 400:
            raise DemoFailed(f"{method} {path}: {reply.status_code} {reply.text[:500]}")
        return reply.json() if reply.content else None

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, params={k: v for k, v in query.items() if v is not None})

    def text(self, path: str) -> str:
        """An answer that is no JSON."""
        return self._http.get(path).text

    def post(self, path: str, **body: Any) -> Any:
        return self.call("POST", path, json=body)

    def patch(self, path: str, **body: Any) -> Any:
        return self.call("PATCH", path, json=body)

    def rows(self, path: str, **query: Any) -> Iterator[Any]:
        """Every row of a list, page after page."""
        after = ""
        while True:
            page = self.get(path, limit=200, after=after, **query)
            yield from page["rows"]
            after = page["next"]
            if not after:
                return

    def flow(self, connection: str, entity: str) -> Any:
        found = list(self.rows("/flows", connection=connection, entity=entity))
        if not found:
            raise DemoFailed(f"no flow {connection}/{entity}")
        return found[0]

    def set_flow(self, connection: str, entity: str, **values: Any) -> None:
        self.patch(f"/flows/{self.flow(connection, entity)['id']}", **values)

    def gauges(self) -> dict[str, float]:
        """Sum of each gauge of /metrics over its labels."""
        found: dict[str, float] = {}
        for line in self._plain.get("/metrics").text.splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                key = name.split("{")[0]
                found[key] = found.get(key, 0.0) + float(value)
        return found

    def last_runs(self, connection: str, entity: str, kind: str) -> list[Any]:
        """Newest first."""
        rows: list[Any] = self.get("/runs", connection=connection, entity=entity, kind=kind, limit=20)["rows"]
        return rows

    def pull(self, connection: str, entity: str, *, full: bool = False, timeout: float = 120) -> Any:
        """Ask for a pull and wait for its run (the schedule's own runs go on beside it). Returns the run row."""
        before = max((run["id"] for run in self.last_runs(connection, entity, "pull")), default=0)
        self.post("/sync", connection=connection, entity=entity, direction="pull", full=full)

        def ended() -> Any:
            runs = self.last_runs(connection, entity, "pull")
            mine = [r for r in runs if r["id"] > before and (r["full"] or not full) and r["state"] != "running"]
            return mine[-1] if mine else None

        return wait(ended, f"the pull of {connection}/{entity}", timeout)

    def idle(self, what: str, *, patience: float = 120, settle: float = 1.2, tell: Tell | None = None) -> None:
        """Wait until nothing is due, in flight or queued for `settle` seconds. `tell` hears now and then how much is left.

        Raises DemoFailed when that has not changed for `patience` seconds: how long it takes in all depends on the machine."""
        watch = Watch(what, patience, tell)
        quiet_since: float | None = None
        while quiet_since is None or time.monotonic() - quiet_since < settle:
            left = self._left()
            quiet_since = None if left else quiet_since or time.monotonic()
            watch.see(left)
            time.sleep(0.2)

    def _left(self) -> Mapping[str, float]:
        """What has to be done yet; nothing = idle."""
        gauges = self.gauges()
        left = {name: gauges.get(name, 0) for name in ("hub_bindings_due", "hub_intents_open", "hub_webhooks_waiting")}
        runs = self.get("/runs", state="running", limit=20)["rows"]
        left["runs"] = sum(run["id"] for run in runs if run["kind"] != "pull")  # the schedule reads all the time
        return {name: number for name, number in left.items() if number}


class Watch:
    """Sees whether something still moves."""

    def __init__(self, what: str, patience: float, tell: Tell | None) -> None:
        self.what, self.patience, self.tell = what, patience, tell
        self.last: Mapping[str, float] = {}
        self.began = self.moved = self.told = time.monotonic()

    def see(self, left: Mapping[str, float]) -> None:
        """Raises DemoFailed when it has been the same for too long."""
        now = time.monotonic()
        if left != self.last or not left:
            self.last, self.moved = left, now
        if now - self.began > MOST_S:
            raise DemoFailed(f"{self.what}: no rest after {MOST_S:.0f} s, left: {dict(left)}")
        if now - self.moved > self.patience:
            raise DemoFailed(f"{self.what}: nothing has moved for {self.patience:.0f} s, left: {dict(left)}")
        if self.tell and left.get("hub_bindings_due") and now - self.told > TELL_EVERY_S:
            self.told = now
            self.tell(f"还有 {left['hub_bindings_due']:.0f} 条待写 / left to write")


def wait(condition: Callable[[], Answer], what: str, timeout: float = 60, every: float = 0.2) -> Answer:
    """The first true answer of `condition`. Raises DemoFailed when it does not come in time."""
    deadline = time.monotonic() + timeout
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise DemoFailed(f"{what}: not done after {timeout:.0f} s")
        time.sleep(every)
