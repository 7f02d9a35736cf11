"""How one listener does: when to connect again, and what an admin is told about it."""

import time
from dataclasses import dataclass
from typing import Literal

from hub.errors import HubError, RateLimited, SetupError, TryLater, Unreachable

AT_LEAST_S, AT_MOST_S, SETUP_S = 1.0, 60.0, 300.0
STEADY_S = 30.0
"""A connection that stands for so long works; one that ends sooner failed, however politely."""
TRIES = 3
"""So many failures in a row are trouble; fewer are the usual life of a connection."""
Verdict = HubError | Literal["ok", "not yet known"]


@dataclass
class Health:
    """Written by the listener's thread, read by the one that looks after it."""

    failures: int = 0
    error: HubError | None = None
    stands_since: float | None = None

    def stands(self) -> None:
        """The connection is open (called more than once)."""
        self.stands_since = self.stands_since or time.monotonic()

    def ended(self, error: HubError | None) -> None:
        """It is closed: by an error, or in order."""
        steady, self.stands_since = self._steady(), None
        self.failures = 0 if steady else self.failures
        if error is None and steady:
            self.error = None
            return
        self.failures += 1
        self.error = error or _ended_early()

    def wait(self) -> float:
        """Seconds until the next try."""
        if isinstance(self.error, SetupError):
            return SETUP_S
        backoff = min(AT_MOST_S, AT_LEAST_S * 2.0 ** max(0, self.failures - 1))
        return max(backoff, min(SETUP_S, self.error.after)) if isinstance(self.error, RateLimited) else backoff

    def verdict(self) -> Verdict:
        """What there is to tell. A connection that failed before must stand for a while to be believed."""
        if self._steady():
            self.failures, self.error = 0, None
            return "ok"
        if self.error is not None and (self.failures >= TRIES or isinstance(self.error, SetupError)):
            return _with_remedy(self.error)
        return "ok" if self.stands_since is not None else "not yet known"

    def _steady(self) -> bool:
        since = self.stands_since
        return since is not None and time.monotonic() - since >= STEADY_S


def broken_by_us(error: Exception) -> HubError:
    """A mistake in the program: not the vendor's doing, and not the admin's."""
    return Unreachable(
        f"监听程序出错（{type(error).__name__}），详见日志", f"listening failed ({type(error).__name__}): see the log"
    )


def heard_already(first: str) -> HubError:
    """Another connection of this hub listens to the same app."""
    return SetupError(
        f"连接 {first} 已在监听同一个应用：两处同时监听，厂商会把事件拆开分给两边",
        f"connection {first} listens to the same app already: the vendor would split the events between the two",
    ).put_right_by(
        "hub_admin",
        "在这个连接的设置里关闭事件接收，或删除其中一个连接",
        "switch off the receiving of events in this connection's settings, or delete one of the two",
    )


def _ended_early() -> HubError:
    return Unreachable(
        "事件连接一打开就被对方关闭", "the connection for events is closed by the other side soon after it opens"
    )


def _with_remedy(error: HubError) -> HubError:
    """What heals by itself in seconds did not."""
    if isinstance(error, TryLater) and (error.remedy is None or error.remedy.job == "nobody"):
        return error.put_right_by(
            "hub_admin",
            "检查本机能否访问对方的事件地址（出站 443，代理和防火墙放行 WebSocket），以及是否有别的程序在用同一个应用；仍在自动重连",
            "see that this machine reaches the other side's address for events (outbound 443; proxy and firewall let WebSocket pass), "
            "and whether another program uses the same app; it is still tried by itself",
        )
    return error
