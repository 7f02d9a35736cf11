"""Commands that look after an installation: doctor, backup, migrate."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from hub.cli.desk import Desk
from hub.errors import BadInput, Text
from hub.settings import Settings, load_settings

if TYPE_CHECKING:
    from hub.cli.checks import Finding

_SIGNS = {"ok": "✓", "warning": "!", "bad": "✗"}
_COLOURS = {"ok": "green", "warning": "yellow", "bad": "red"}

Lang = Annotated[str | None, typer.Option("--lang", help="语言 zh 或 en / Language: zh or en")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON / Print JSON")]
File = Annotated[Path | None, typer.Argument(help="备份文件 / File to write")]


def register(app: typer.Typer) -> None:
    """Adds doctor, backup and migrate."""
    app.command("doctor", help="检查安装并给出修复办法 / Check the installation and say the fix")(doctor)
    app.command("backup", help="备份数据库 / Back the database up")(backup)
    app.command("migrate", help="升级数据库结构 / Bring the database to this version's schema")(migrate)


def doctor(ctx: typer.Context, lang: Lang = None, as_json: AsJson = False) -> None:
    """Exit status 1 when anything is bad; warnings alone are 0."""
    from hub.cli.checks import Finding, examine

    try:
        settings = load_settings()
        findings = list(examine(settings))
    except BadInput as error:
        settings = Settings.model_construct()
        findings = [Finding("settings", "bad", error.text)]
    if as_json:
        typer.echo(json.dumps([finding.as_json() for finding in findings], ensure_ascii=False, indent=2))
    else:
        _print(findings, language_of(ctx, lang, settings))
    raise typer.Exit(int(any(finding.state == "bad" for finding in findings)))


def _print(findings: "list[Finding]", language: str) -> None:
    for finding in findings:
        sign = typer.style(_SIGNS[finding.state], fg=_COLOURS[finding.state])
        typer.echo(f"{sign} {finding.check}: {finding.found.in_language(language)}")
        if fix := finding.fix.in_language(language):
            typer.echo(f"    → {fix}")


def backup(ctx: typer.Context, file: File = None, lang: Lang = None) -> None:
    """While the hub runs. Default: HUB_DATA_DIR/backups/hub-<time>."""
    from hub.store import backup as store
    from hub.store.database import Database
    from hub.store.migrate import require

    settings = load_settings()
    language = language_of(ctx, lang, settings)
    db = Database(settings.database)
    try:
        require(db)
        target = file or _default_target(settings, db.is_sqlite)
        size = store.backup(db, target)
    finally:
        db.close()
    megabytes = f"{size / 1024**2:.1f} MB"
    _say(language, Text(f"已备份到 {target}（{megabytes}）", f"backed up to {target} ({megabytes})"))
    _say(language, _key_note(settings))


def migrate(ctx: typer.Context, lang: Lang = None) -> None:
    """Safe to run at any time and from several machines at once."""
    from hub.cli.process import run_migrate

    settings = load_settings()
    language = language_of(ctx, lang, settings)
    done = run_migrate(settings)
    if done:
        _say(language, Text(f"已执行迁移 {'、'.join(done)}", f"applied migrations {', '.join(done)}"))
    else:
        _say(language, Text("数据库已是最新", "the database is up to date"))


def language_of(ctx: typer.Context, lang: str | None, settings: Settings) -> str:
    """--lang here or before the command, else HUB_LANGUAGE. Raises BadInput for anything but zh and en."""
    if lang is None:
        return spoken(ctx, settings)
    if lang not in ("zh", "en"):
        raise BadInput(f"没有语言 {lang}，可用 zh、en", f"no language {lang}; use zh or en", field="--lang", value=lang)
    return lang


def spoken(ctx: typer.Context, settings: Settings) -> str:
    """The language that the `hub` command settled on; HUB_LANGUAGE outside of it."""
    desk = ctx.find_object(Desk)
    return (desk.lang if desk is not None else "") or settings.language


def _say(language: str, message: Text) -> None:
    typer.echo(message.in_language(language))


def _default_target(settings: Settings, sqlite: bool) -> Path:
    moment = datetime.now(ZoneInfo(settings.zone))
    return settings.data_dir / "backups" / f"hub-{moment:%Y%m%d-%H%M%S}.{'db' if sqlite else 'dump'}"


def _key_note(settings: Settings) -> Text:
    from hub.store.secrets import KEY_FILE

    in_file = settings.secret_key_file or settings.data_dir / KEY_FILE
    where = "HUB_SECRET_KEY" if settings.secret_key is not None else str(in_file)
    return Text(
        f"备份里的凭据是加密的：请把密钥（{where}）另外保存，没有它就不能恢复凭据。恢复步骤见 docs/backup.md",
        f"credentials in the backup are encrypted: keep the key ({where}) elsewhere, without it they are lost. "
        "docs/backup.md says how to restore",
    )
