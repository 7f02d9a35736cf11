"""The firms of the example vendor: what a row looks like, and which values are refused."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from sandbox.core import ControlError, Faults, Journal, ObjectKind, RecordStore, SandboxClock
from sandbox.example.settings import ExampleSettings

Row = dict[str, Any]

FIRM = "firm"
TEXTS = ("number", "name", "note", "external")
BEIJING = timezone(timedelta(hours=8))
TIME = "%Y-%m-%d %H:%M:%S"


class RefusedError(ValueError):
    """A call, or one row of a batch, that is answered with this code."""

    def __init__(self, code: int, message: str, **more: object) -> None:
        super().__init__(message)
        self.answer = {"code": code, "message": message, **more}


@dataclass
class App:
    """One company's account. `tokens` maps a token to the moment it ends."""

    settings: ExampleSettings
    clock: SandboxClock
    store: RecordStore
    journal: Journal
    faults: Faults
    tokens: dict[str, float] = field(default_factory=dict)


def define_firms(app: App) -> None:
    app.store.define(
        ObjectKind(
            name=FIRM,
            modified_field="updated",
            stamp=stamp,
            parse=parse_time,
            indexed=("external",),
            prepare=_typed_in,
        )
    )


def stamp(when: datetime) -> str:
    return when.astimezone(BEIJING).strftime(TIME)


def parse_time(text: Any) -> datetime:
    """Raises RefusedError for anything but local time to the second."""
    try:
        return datetime.strptime(str(text), TIME).replace(tzinfo=BEIJING)
    except ValueError:
        raise RefusedError(42200, f"time {text!r} must look like 2026-11-22 10:30:00") from None


def checked(sent: Any, stored: Row | None) -> Row:
    """What is stored of a write. Raises RefusedError naming the field."""
    if not isinstance(sent, dict):
        raise RefusedError(42200, "a firm must be an object")
    unknown = sorted(set(sent) - {*TEXTS, "credit"})
    if unknown:
        raise RefusedError(42200, f"{unknown[0]}: no such field")
    for name in TEXTS:
        if not isinstance(sent.get(name, ""), str):
            raise RefusedError(42200, f"{name}: must be text")
    if not str(sent.get("name", stored["name"] if stored else "")).strip():
        raise RefusedError(42200, "name: 不能为空 / must not be empty")
    credit = sent.get("credit", 0)
    if isinstance(credit, bool) or not isinstance(credit, int | Decimal):
        raise RefusedError(42200, "credit: must be a number")
    return dict(sent) if stored else {**dict.fromkeys(TEXTS, ""), "credit": 0, **sent}


def _typed_in(data: Row, stored: Row | None) -> Row:
    """What a user types: the same checks. Amounts may come as text, so that they stay exact."""
    amounts = {"credit": Decimal(str(data["credit"]))} if "credit" in data else {}
    try:
        return checked({**data, **amounts}, stored)
    except RefusedError as error:
        raise ControlError(str(error)) from error
