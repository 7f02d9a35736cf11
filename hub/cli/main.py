"""The `hub` command: groups, languages, exit statuses (0 = done, 1 = failed, 2 = bad usage)."""

import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Annotated

import typer

from hub.cli.desk import Desk
from hub.errors import BadInput, HubError
from hub.settings import completing, load_settings, machine_language

LANGUAGES = ("zh", "en")
#: Command -> the files that make it, and what `hub --help` says. A command imports its own files only.
COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "connectors": (("connectors",), "连接器 / Connectors"),
    "connections": (("connections",), "连接 / Connections"),
    "flows": (("flows", "firstcontact"), "同步流 / Flows"),
    "mappings": (("mappings",), "映射 / Mappings"),
    "sync": (("sync",), "拉取或推送一次 / Pull or push once"),
    "runs": (("runs",), "同步任务 / Runs"),
    "inbox": (("inbox",), "待处理 / Inbox"),
    "records": (("records",), "主数据 / Records"),
    "receivables": (("receivables",), "应收账龄 / Aging of receivables"),
    "alerts": (("alerts",), "提醒 / Alerts"),
    "users": (("accounts",), "用户 / Users"),
    "audit": (("accounts",), "审计 / Audit trail"),
    "up": (("serve",), "在这台机器上运行全部服务 / Run everything on this machine"),
    "api": (("serve",), "只运行 HTTP 接口 / Run the HTTP API only"),
    "worker": (("serve",), "只运行一个工作进程 / Run one worker only"),
    "scheduler": (("serve",), "只运行调度进程 / Run the scheduler only"),
    "doctor": (("care",), "检查安装并给出修复办法 / Check the installation and say the fix"),
    "backup": (("care",), "备份数据库 / Back the database up"),
    "migrate": (("care",), "升级数据库结构 / Bring the database to this version's schema"),
    "rest": (("rest",), "用配置文件连接的系统 / Systems connected by a manifest file"),
    "sandbox": (("sandbox",), "运行一个仿真的厂商系统 / Run a server that behaves like a vendor"),
    "demo": (("sandbox",), "运行完整演示 / Run the whole demo"),
}


def top(ctx: typer.Context, lang: Annotated[str, typer.Option(help="语言 zh 或 en / Language: zh or en")] = "") -> None:
    """集成中枢 / Integration hub."""
    if lang and lang not in LANGUAGES:
        raise BadInput(f"没有语言 {lang}，可用 zh、en", f"no language {lang}; use zh or en", field="--lang", value=lang)
    desk = ctx.find_object(Desk) or Desk()
    desk.lang = lang or desk.lang or language()
    ctx.obj = desk
    ctx.call_on_close(desk.close)


def _new() -> typer.Typer:
    made = typer.Typer(
        name="hub",
        help="集成中枢：让 CRM、ERP 与聊天工具里的客户和单据保持一致 / Keeps customers and documents of CRM, ERP and chat in step",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    made.callback()(top)
    return made


@cache
def build(command: str = "") -> typer.Typer:
    """The application with one command; "" = with all of them."""
    made = _new()
    wanted = COMMANDS[command][0] if command else [file for files, _help in COMMANDS.values() for file in files]
    for file in dict.fromkeys(wanted):
        import_module(f"hub.cli.{file}").register(made)
    return made


@cache
def overview() -> typer.Typer:
    """The commands by name and purpose only: for `hub --help`, and for a command that does not exist."""
    made = _new()
    for name, (_files, purpose) in COMMANDS.items():
        made.command(name, help=purpose)(_nothing)
    return made


def _nothing() -> None:
    """Stands for a command in the overview."""


def application(words: Sequence[str]) -> typer.Typer:
    """What is needed for these words, and no more: a shell that completes needs everything."""
    if completing():
        return build()
    values = [word for before, word in zip(["", *words], words, strict=False) if before != "--lang"]
    command = next((word for word in values if not word.startswith("-")), "")
    if command not in COMMANDS or "--help" in values[: values.index(command)]:
        return overview()
    return build(command)


def main(args: list[str] | None = None, desk: Desk | None = None) -> int:
    """Run one command; returns its exit status."""
    desk = desk or Desk()
    try:
        application(sys.argv[1:] if args is None else args)(args, prog_name="hub", obj=desk)
    except HubError as error:
        typer.echo(describe(error, desk.lang or "zh"), err=True)
        return 2 if isinstance(error, BadInput) else 1
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except Exception as error:
        found = _of_the_database(error)
        if found is None:
            raise
        typer.echo(describe(found, desk.lang or "zh"), err=True)
        return 1
    return 0


def _of_the_database(error: Exception) -> HubError | None:
    """A full disk, a lock that nobody gives up. The library is there already if it is one of its errors."""
    from sqlalchemy.exc import DatabaseError

    from hub.store.migrate import failed

    return failed(error) if isinstance(error, DatabaseError) else None


def describe(error: HubError, lang: str) -> str:
    """One line: field, message, and what the vendor said; a second one for whose job it is."""
    vendor = error.vendor.as_json()
    said = f" [{' '.join(vendor.values())}]" if vendor else ""
    field = f"{error.field}: " if error.field else ""
    todo = f"\n→ {error.remedy.sentence.in_language(lang)}" if error.remedy else ""
    return f"{field}{error.text.in_language(lang)}{said}{todo}"


def language() -> str:
    """HUB_LANGUAGE, else the locale of the machine, else Chinese."""
    try:
        settings = load_settings()
    except BadInput:
        return "zh"  # whatever the command does with its settings will say what is wrong with them
    if "language" in settings.model_fields_set:
        return settings.language
    return machine_language()
