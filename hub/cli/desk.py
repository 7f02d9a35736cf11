"""What the commands share: the runtime of this process, the language, and how answers are printed."""

import json
import os
import pwd
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from hub.cli.words import key_text, word
from hub.errors import BadInput, Text, advised

if TYPE_CHECKING:
    from rich.console import Console

    from hub.setup.accounts import Caller
    from hub.setup.needs import Runtime
    from hub.store.paging import Listing, PageRequest

#: Column: key of the row, heading.
Column = tuple[str, Text]
#: Columns of a table that goes into a file or a pipe.
PIPED_WIDTH = 160
#: Columns whose values are never broken over lines: the others give way on a narrow terminal.
SHORT = frozenset(
    {"id", "connection", "entity", "kind", "state", "system", "version", "number", "pull", "push", "create", "master"}
    | {"every_s", "released", "pulled_at", "started_at", "updated_at", "at", "count", "currency", "role", "active"}
)
Fetch = Callable[["PageRequest"], "Listing"]

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON / Print JSON")]
Limit = Annotated[int, typer.Option(min=0, help="最多行数；0 表示全部 / Rows at most; 0 = all")]


def _from_settings() -> "Runtime":
    from hub.runtime import Runtime as Real
    from hub.settings import load_settings
    from hub.store.database import Database
    from hub.store.migrate import migrate_if_new

    settings = load_settings()
    db = Database(settings.database)
    try:
        if migrate_if_new(
            db
        ):  # so that the first command of all needs no other before it; said, in case of a wrong folder
            where = db.url.render_as_string(hide_password=True)
            typer.echo(f"新建数据库 / made a new database: {where}", err=True)
    finally:
        db.close()
    return Real.from_settings(settings)


def _console() -> "Console":
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)


@dataclass
class Desk:
    """One per command. `open_runtime` is called when a command first needs the hub."""

    lang: str = ""
    open_runtime: Callable[[], "Runtime"] = _from_settings
    console: "Console" = field(default_factory=_console)
    _runtime: "Runtime | None" = None
    _exits: ExitStack = field(default_factory=ExitStack)

    @property
    def hub(self) -> "Runtime":
        if self._runtime is None:
            self._runtime = self.open_runtime()
            close = getattr(self._runtime, "close", None)
            if close is not None:
                self._exits.callback(close)
        return self._runtime

    @property
    def who(self) -> str:
        """Who acts, for audit rows: the account of this machine."""
        try:
            return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
        except KeyError:  # a container may run under a number without a name
            return f"cli:{os.getuid()}"

    @property
    def caller(self) -> "Caller":
        """Whoever may run commands here may do everything."""
        from hub.setup.accounts import Caller

        return Caller(0, self.who, "admin")

    @property
    def interactive(self) -> bool:
        return sys.stdin.isatty()

    def close(self) -> None:
        self._exits.close()

    def text(self, message: Text) -> str:
        return message.in_language(self.lang or "zh")

    def say(self, zh: str, en: str) -> None:
        """One line for people; it goes to standard error, so that --json stays clean."""
        typer.echo(self.text(Text(zh, en)), err=True)

    def confirm(self, zh: str, en: str, *, yes: bool) -> None:
        """Go on only when told so. Raises BadInput where nobody can answer."""
        if yes:
            return
        if not self.interactive:
            raise BadInput(f"{zh} 请加 --yes", f"{en} Add --yes", field="--yes")
        typer.confirm(self.text(Text(zh, en)), abort=True, err=True)

    def listing(self, fetch: Fetch, columns: Sequence[Column], *, limit: int, as_json: bool) -> None:
        """Print the first `limit` rows (0 = all) as a table or as a JSON list."""
        rows = list(_take(fetch, limit))
        self.rows(rows, columns, as_json=as_json)

    def rows(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], *, as_json: bool) -> None:
        """A table of the columns, or the whole rows as JSON."""
        listed = list(rows)
        if as_json:
            self.json(listed)
            return
        if not listed:
            self.say("（没有内容）", "(nothing here)")
            return
        from rich import box
        from rich.table import Table

        table = Table(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
        for key, heading in columns:
            table.add_column(self.text(heading), overflow="fold", no_wrap=key in SHORT or key.startswith("bucket"))
        for row in listed:
            table.add_row(*(self.cell(key, row.get(key)) for key, _heading in columns))
        self.console.print(table)

    def one(self, row: Mapping[str, Any], *, as_json: bool) -> None:
        """One thing, key by key."""
        if as_json:
            self.json(row)
            return
        from rich.table import Table

        table = Table(show_header=False, box=None, pad_edge=False)
        for key, value in row.items():
            table.add_row(f"[bold]{self.text(key_text(key))}[/bold]", self.cell(key, value, full=True))
        self.console.print(table)

    def json(self, value: Any) -> None:
        typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))

    def cell(self, key: str, value: Any, *, full: bool = False) -> str:
        """A value as people read it; `full` = there is room for whole times and one line per part."""
        if value is None or value in ("", [], {}):
            return "-"
        if isinstance(value, bool):
            return self.text(Text("是", "yes") if value else Text("否", "no"))
        if isinstance(value, datetime):
            return _moment(value.astimezone(), full=full)
        if key in ("state", "kind", "outcome", "action", "why") and isinstance(value, str):
            return _safe(self.text(word(value)))
        if isinstance(value, dict | list):
            return _safe(self.nested(key, value, "\n" if full or key in ("fields", "lost") else ", "))
        return _safe(str(value))

    def nested(self, key: str, value: Any, between: str) -> str:
        if _speaks(value):
            return self.text(advised(value))
        if key == "counts":
            return ", ".join(f"{self.text(word(name))} {count}" for name, count in value.items())
        if key in ("fields", "lost") and isinstance(value, dict):
            return between.join(text for name, change in value.items() for text in _changes(name, change))
        if isinstance(value, dict):
            parts = {name: self.text(advised(part)) if _speaks(part) else _inline(part) for name, part in value.items()}
            return between.join(f"{name}: {part}" for name, part in parts.items())
        return between.join(_inline(part) for part in value)


def _moment(local: datetime, *, full: bool) -> str:
    if full:
        return local.strftime("%Y-%m-%d %H:%M:%S")
    return local.strftime("%m-%d %H:%M" if local.year == datetime.now(UTC).year else "%Y-%m-%d")


def _changes(name: str, change: Any) -> list[str]:
    """Of rows only the cells that are others, by the row's id; of anything else before and after."""
    if not (isinstance(change, list) and len(change) == 2 and all(map(_is_rows, change))):
        return [f"{name}: {_change(change)}"]
    old, new = ({str(row.get("id")): row for row in rows} for rows in change)
    cells = [(row, cell) for row in {**old, **new} for cell in {**old.get(row, {}), **new.get(row, {})} if cell != "id"]
    pairs = [(f"{name} {row}.{cell}", old.get(row, {}).get(cell), new.get(row, {}).get(cell)) for row, cell in cells]
    return [f"{where}: {_inline(before)} → {_inline(after)}" for where, before, after in pairs if before != after]


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) and "id" in row for row in value)


def _change(change: Any) -> str:
    if isinstance(change, list) and len(change) == 2:
        return f"{_inline(change[0])} → {_inline(change[1])}"
    return _inline(change)


def _speaks(value: Any) -> bool:
    """Is it an error or a text as JSON, in both languages?"""
    return isinstance(value, dict) and {"zh", "en"} <= value.keys()


def _inline(value: Any) -> str:
    """A part of a value on one line; conditions of a filter read as they are thought."""
    if isinstance(value, dict) and set(value) == {"field", "op", "value"}:
        return f"{value['field']} {value['op']} {_inline(value['value'])}"
    if value is None:
        return "-"
    if _is_rows(value):
        return "".join("\n  " + ", ".join(f"{name} {_inline(part)}" for name, part in row.items()) for row in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_plain)


def desk_of(ctx: typer.Context) -> Desk:
    return cast(Desk, ctx.find_object(Desk))


def columns(**headings: str) -> list[Column]:
    """Columns from key="中文 / English"."""
    return [(key, both(heading)) for key, heading in headings.items()]


def both(text: str) -> Text:
    zh, _, en = text.partition(" / ")
    return Text(zh, en or zh)


def pairs(given: Sequence[str] | None, option: str) -> dict[str, str]:
    """key=value arguments. Raises BadInput naming the one that is none."""
    found = {}
    for text in given or ():
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise BadInput(
                f"{option} 的 {key[:40]!r} 应写成 名称=值",
                f"{option} {key[:40]!r}: write name=value",
                field=option,
                value=key[:40],
            )
        found[key.strip()] = value
    return found


def known_word(option: str, given: str, known: Iterable[str]) -> None:
    """ "" = not given. Raises BadInput for a word that can match nothing: an empty list would look like good news."""
    if given and given not in known:
        there = ", ".join(known)
        raise BadInput(
            f"{option} 没有 {given}，可用：{there}",
            f"{option}: no {given}; there are: {there}",
            field=option,
            value=given,
        )


def _take(fetch: Fetch, limit: int) -> Iterator[dict[str, Any]]:
    from hub.store.paging import MAX_LIMIT, PageRequest

    left, after = limit or None, ""
    while left is None or left > 0:
        page = fetch(PageRequest(min(left or MAX_LIMIT, MAX_LIMIT), after))
        yield from page.rows
        left = None if left is None else left - len(page.rows)
        after = page.next
        if not after:
            return


def _safe(text: str) -> str:
    """Square brackets are markup to the printer; what comes from vendors is text."""
    from rich.markup import escape

    return escape(text)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
