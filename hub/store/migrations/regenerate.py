"""Developers' tool, not for run time: writes the first migrations from hub.store.tables while nothing is released.

Run `python -m hub.store.migrations.regenerate`. Once there is a release, a schema change is a step of its own.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import UpgradeOps
from sqlalchemy import BigInteger, Integer, String, Text, create_engine
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from hub.store import tables as tables  # noqa: PLC0414 - fills the metadata

VERSIONS = Path(__file__).parent / "versions"
#: The tables of step 0001; the rest comes in 0002, so that neither file grows past reading.
_FIRST = {
    *("sequence", "setting", "connection", "flow", "mapping", "record", "binding", "identity_key"),
    *("intent", "checkpoint", "change", "merge_log", "read_mark"),
}
_HEAD = '''"""{title} (made by hub.store.migrations.regenerate)."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before}
branch_labels = None
depends_on = None


def upgrade() -> None:
'''


def first_migrations() -> dict[str, str]:
    """File name -> text of the steps that make exactly the tables of hub.store.tables."""
    known = set(SQLModel.metadata.tables)
    return {
        "0001_records.py": _step("0001", None, title="Records and what binds them", names=_FIRST),
        "0002_work.py": _step("0002", "0001", title="Runs, events, alerts and people", names=known - _FIRST),
    }


def _step(revision: str, before: str | None, *, title: str, names: set[str]) -> str:
    """One step; its tables in order of name."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        upgrade = produce_migrations(MigrationContext.configure(connection), SQLModel.metadata).upgrade_ops
    engine.dispose()
    chosen = [op for op in upgrade.ops if getattr(op, "table_name", "") in names] if upgrade else []
    body = render_python_code(UpgradeOps(ops=chosen), render_item=_render_type)
    lines = (line for line in body.splitlines() if not line.startswith("#"))
    head = _HEAD.format(revision=revision, before=f'"{before}"' if before else None, title=title)
    return head + "".join(f"    {line.strip()}\n" for line in lines)


def _render_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Plain types instead of the hub's own: a migration must not change when the code does."""
    if kind != "type":
        return False
    if isinstance(item, TypeDecorator):
        item = item.impl_instance
    if isinstance(item, BigInteger):
        numbered = isinstance(item._variant_mapping.get("sqlite"), Integer)
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")' if numbered else "sa.BigInteger()"
    if isinstance(item, Text):
        return "sa.Text()"
    return "sa.String()" if isinstance(item, String) else False


def main() -> None:
    for name, text in first_migrations().items():
        (VERSIONS / name).write_text(text, "utf-8")
        subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(VERSIONS / name)], check=True)


if __name__ == "__main__":
    main()
