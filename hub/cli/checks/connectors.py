"""Connectors: those that are installed, and the company's own files that cannot be used."""

from collections.abc import Iterator

from hub.cli.checks.finding import Finding, ok
from hub.errors import Text
from hub.settings import Settings


def connectors(settings: Settings) -> Iterator[Finding]:
    """How many systems can be connected, and each connector that is broken with its reason."""
    from hub.connector.discovery import discover

    folder = settings.data_dir / "connectors"
    found = discover(folder)
    yield ok("connectors", f"{len(found.connectors)} 个系统可连接", f"{len(found.connectors)} systems can be connected")
    fix = Text(
        f"请更正后重启；{folder} 里的文件可用 hub rest check 检查",
        f"correct it and restart; check a file in {folder} with hub rest check",
    )
    for name, error in sorted(found.broken.items()):
        yield Finding(f"connectors.{name}", "warning", error.text, fix)
