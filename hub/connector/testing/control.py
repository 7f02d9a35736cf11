"""A client of the sandbox control interface (DESIGN section 8)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from hub.connector.json_exact import decode, encode


class SandboxControl:
    """Drives one running sandbox as its users and its bad days would. Raises AssertionError when the sandbox
    refuses."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.offset = timedelta()
        self._http = httpx.Client(base_url=self.url + "/_sandbox", trust_env=False, timeout=30)

    def now(self) -> datetime:
        """The sandbox's time, as this client advanced it."""
        return datetime.now(UTC) + self.offset

    def credentials(self) -> dict[str, Any]:
        return dict(self._call("GET", "/credentials"))

    def seed(self, name: str, records: Iterable[Mapping[str, Any]]) -> list[str]:
        """Make records as users of that system; their ids."""
        made = self._call("POST", f"/records/{name}", list(records), params={"return": "ids"})
        return [str(one) for one in made["ids"]]

    def records(self, name: str) -> list[dict[str, Any]]:
        return list(self._call("GET", f"/records/{name}")["records"])

    def edit(self, name: str, record_id: str, change: Mapping[str, Any], *, bump: bool = True) -> None:
        self._call("PUT", f"/records/{name}/{record_id}", dict(change), params={"bump": str(bump).lower()})

    def delete(self, name: str, record_id: str) -> None:
        self._call("DELETE", f"/records/{name}/{record_id}")

    def journal(self, **match: str) -> Sequence[Mapping[str, Any]]:
        """Accepted writes and messages, oldest first; `match` on kind, object or id."""
        return list(self._call("GET", "/journal", params=match)["entries"])

    def fault(self, kind: str, **options: Any) -> None:
        """Arm a fault: count (default 1) or rate, match, delay_s."""
        self._call("POST", "/faults", {"kind": kind, **_numbers(options)})

    def fired(self) -> list[str]:
        return [str(fault["kind"]) for fault in self._call("GET", "/faults")["fired"]]

    def clear_faults(self) -> None:
        self._call("DELETE", "/faults")

    def advance(self, seconds: int) -> None:
        self._call("POST", "/clock", {"advance_s": seconds})
        self.offset += timedelta(seconds=seconds)

    def skew(self, seconds: int) -> None:
        """Put the vendor's clock apart from the hub's: `now` stays."""
        self._call("POST", "/clock", {"advance_s": seconds})

    def push(self, url: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Have the sandbox send one signed webhook to `url`: {status, body}."""
        return dict(self._call("POST", "/push", {"url": url, **event}))

    def reset(self) -> None:
        self._call("POST", "/reset")
        self.offset = timedelta()

    def close(self) -> None:
        self._http.close()

    def _call(self, method: str, path: str, body: Any = None, *, params: Mapping[str, str] | None = None) -> Any:
        content = None if body is None else encode(body)
        reply = self._http.request(method, path, content=content, params=params)
        assert reply.status_code == 200, f"sandbox refused {method} {path}: {reply.status_code} {reply.text[:300]}"
        return decode(reply.content)


def _numbers(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: Decimal(str(value)) if isinstance(value, float) else value for key, value in options.items()}
