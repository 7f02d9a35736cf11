"""One account set behind the cloud gateway: its parts, how handlers see a call and how they refuse one."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.core import Facts, Fault, Faults, Journal, RecordStore, SandboxClock
from sandbox.core.windows import FixedWindows
from sandbox.yonyou.settings import U8Settings
from sandbox.yonyou.times import stamp

Row = dict[str, Any]
OK: Row = {"errcode": "0", "errmsg": ""}
NOT_FOUND = "20002"


class Refused(Exception):  # noqa: N818 - reads as a statement: raise Refused(code, "…")
    """An answer whose errcode is not 0; HTTP 200 like every other."""

    def __init__(self, errcode: str, errmsg: str) -> None:
        super().__init__(f"{errcode} {errmsg}")
        self.body: Row = {"errcode": errcode, "errmsg": errmsg}


@dataclass
class Pending:
    """What an add will have answered: `polls` answers of /result still say that it is not done."""

    reply: Row
    polls: int


@dataclass
class U8:
    """State of the account set. `results` by request id, `keys` by (resource, tradeid or biz_id)."""

    settings: U8Settings
    clock: SandboxClock
    store: RecordStore
    journal: Journal
    faults: Faults
    calls: FixedWindows = field(default_factory=FixedWindows)
    tokens: dict[str, datetime] = field(default_factory=dict)
    trades: set[str] = field(default_factory=set)
    results: dict[str, Pending] = field(default_factory=dict)
    keys: dict[tuple[str, str], Row] = field(default_factory=dict)
    pages: dict[str, list[Row]] = field(default_factory=dict)
    rowversion: int = 1000

    def now(self) -> str:
        """Now as U8 writes it."""
        return stamp(self.clock.now())

    def today(self) -> str:
        return self.now()[:10]

    def next_rowversion(self) -> str:
        """The next value of the change counter of the whole account set."""
        self.rowversion += 1
        return str(self.rowversion)

    def new_token(self) -> str:
        token = secrets.token_hex(16)
        self.tokens[token] = self.clock.now() + timedelta(seconds=self.settings.token_lifetime_s)
        return token

    def new_trade(self) -> str:
        trade = secrets.token_hex(16)
        self.trades.add(trade)
        return trade

    def forget(self) -> None:
        """As a fresh process."""
        for held in (self.calls.counts, self.tokens, self.trades, self.results, self.keys, self.pages):
            held.clear()
        self.rowversion = 1000


@dataclass(frozen=True)
class Call:
    """One call with its query and parsed body."""

    query: dict[str, str]
    body: Any
    facts: Facts
    base_url: str


Handler = Callable[[U8, Call], Row]


def fault_of(u8: U8, call: Call, kind: str, record_id: object = None) -> Fault | None:
    """Takes a fault of this kind for the call, optionally about one record."""
    about = {**vars(call.facts), "id": None if record_id is None else str(record_id)}
    return u8.faults.take({kind}, Facts(**about))
