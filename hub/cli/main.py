"""The `hub` command: groups, languages, exit statuses (0 = done, 1 = failed, 2 = bad usage)."""

from typing import Annotated

import typer
from sqlalchemy.exc import DatabaseError

from hub.cli import (
    accounts,
    alerts,
    care,
    connections,
    firstcontact,
    flows,
    inbox,
    mappings,
    receivables,
    records,
    runs,
    sandbox,
    serve,
    sync,
)
from hub.cli.desk import Desk
from hub.errors import BadInput, HubError
from hub.settings import load_settings, machine_language
from hub.store.migrate import failed

LANGUAGES = ("zh", "en")
app = typer.Typer(
    name="hub",
    help="集成中枢：让 CRM、ERP 与聊天工具里的客户和单据保持一致 / Keeps customers and documents of CRM, ERP and chat in step",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for _part in (
    connections,
    flows,
    firstcontact,
    mappings,
    sync,
    runs,
    inbox,
    records,
    receivables,
    alerts,
    accounts,
    serve,
    care,
    sandbox,
):
    _part.register(app)


@app.callback()
def top(ctx: typer.Context, lang: Annotated[str, typer.Option(help="语言 zh 或 en / Language: zh or en")] = "") -> None:
    """集成中枢 / Integration hub."""
    if lang and lang not in LANGUAGES:
        raise BadInput(f"没有语言 {lang}，可用 zh、en", f"no language {lang}; use zh or en", field="--lang", value=lang)
    desk = ctx.find_object(Desk) or Desk()
    desk.lang = lang or desk.lang or language()
    ctx.obj = desk
    ctx.call_on_close(desk.close)


def main(args: list[str] | None = None, desk: Desk | None = None) -> int:
    """Run one command; returns its exit status."""
    desk = desk or Desk()
    try:
        app(args, prog_name="hub", obj=desk)
    except HubError as error:
        typer.echo(describe(error, desk.lang or "zh"), err=True)
        return 2 if isinstance(error, BadInput) else 1
    except DatabaseError as error:  # a full disk, a lock that nobody gives up
        typer.echo(describe(failed(error), desk.lang or "zh"), err=True)
        return 1
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    return 0


def describe(error: HubError, lang: str) -> str:
    """One line: field, message, and what the vendor said."""
    vendor = error.vendor.as_json()
    said = f" [{' '.join(vendor.values())}]" if vendor else ""
    field = f"{error.field}: " if error.field else ""
    return f"{field}{error.text.in_language(lang)}{said}"


def language() -> str:
    """HUB_LANGUAGE, else the locale of the machine, else Chinese."""
    try:
        settings = load_settings()
    except BadInput:
        return "zh"  # whatever the command does with its settings will say what is wrong with them
    if "language" in settings.model_fields_set:
        return settings.language
    return machine_language()
