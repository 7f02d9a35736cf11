"""What a check gives back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from hub.errors import HubError, Text

State = Literal["ok", "warning", "bad"]
NO_FIX = Text("", "")
SKEW_S = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and what to do about it unless it is ok."""

    check: str
    state: State
    found: Text
    fix: Text = NO_FIX

    def as_json(self) -> dict[str, Any]:
        return {"check": self.check, "state": self.state, "found": self.found.as_json(), "fix": self.fix.as_json()}


def ok(check: str, zh: str, en: str) -> Finding:
    return Finding(check, "ok", Text(zh, en))


def error_of(check: str, error: HubError) -> Finding:
    return Finding(check, "bad", error.text, error.remedy.sentence if error.remedy else NO_FIX)


def clock(check: str, theirs: float, zh: str, en: str) -> Iterator[Finding]:
    skew = theirs - datetime.now(UTC).timestamp()
    if abs(skew) <= SKEW_S:
        yield ok(check, f"与{zh}的时钟一致", f"the clocks of this machine and {en} agree")
        return
    found = Text(f"{zh}的时钟与本机相差 {skew:+.1f} 秒", f"the clock of {en} differs by {skew:+.1f} s")
    yield Finding(check, "warning", found, Text("请在两台机器上打开 NTP 对时", "switch on NTP on both machines"))
