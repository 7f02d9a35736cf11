"""Migrations make exactly the tables of hub.store.tables, once, whoever starts first."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import SQLModel

from hub.errors import SetupError
from hub.store.database import Database
from hub.store.migrate import migrate, missing, require, steps, unreachable
from hub.store.migrations.regenerate import VERSIONS, first_migrations
from tests.postgres import Postgres

_SQLITE_SCHEMA = (
    "SELECT replace(replace(sql, ' ', ''), '\n', '') FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    'SELECT m.name, c.name, c.type, c."notnull", c.pk, c.dflt_value FROM sqlite_master m, pragma_table_info(m.name) c '
    "WHERE m.type = 'table' AND m.name <> 'alembic_version'",
    'SELECT m.name, l.name, l."unique", l.partial FROM sqlite_master m, pragma_index_list(m.name) l '
    "WHERE m.name <> 'alembic_version'",
)
_POSTGRES_SCHEMA = (
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
    "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns "
    "WHERE table_schema = 'public' AND table_name <> 'alembic_version'",
)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """Two empty databases of one kind."""
    if request.param == "sqlite":
        urls = [f"sqlite:///{tmp_path / name}.db" for name in ("one", "two")]
    else:
        server: Postgres = request.getfixturevalue("postgres")
        urls = [server.database(empty=True) for _ in range(2)]
    pair = (Database(urls[0]), Database(urls[1]))
    yield pair
    for db in pair:
        db.close()


def schema(db: Database) -> set[tuple[str, ...]]:
    """Columns and indexes as the database itself describes them."""
    queries = _SQLITE_SCHEMA if db.is_sqlite else _POSTGRES_SCHEMA
    with db.read() as connection:
        return {tuple(map(str, row)) for query in queries for row in connection.execute(text(query))}


def test_migrations_make_what_the_metadata_says(empty_pair: tuple[Database, Database]) -> None:
    migrated, created = empty_pair
    assert migrate(migrated) == steps()
    created.create_all()
    assert schema(migrated) == schema(created)
    with migrated.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_files_are_what_the_tables_give_today() -> None:
    for name, text_of_step in first_migrations().items():
        wanted = subprocess.run(
            [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(VERSIONS / name), "-"],
            input=text_of_step,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert (VERSIONS / name).read_text("utf-8") == wanted, "run: python -m hub.store.migrations.regenerate"


def test_a_second_migrate_does_nothing(any_database: Database) -> None:
    assert migrate(any_database) == []
    assert missing(any_database) == []
    require(any_database)


def test_an_empty_database_is_refused_until_migrated(empty_pair: tuple[Database, Database]) -> None:
    with pytest.raises(SetupError, match="hub migrate"):
        require(empty_pair[0])


def test_a_newer_database_is_refused_and_left_alone(any_database: Database) -> None:
    with any_database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SetupError, match=r"9999.*newer"):
        migrate(any_database)
    with any_database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"


def test_a_database_of_an_earlier_development_version_is_told_and_not_called_up_to_date(any_database: Database) -> None:
    with any_database.write() as connection:
        connection.execute(text("ALTER TABLE connection DROP COLUMN failures"))
    with pytest.raises(SetupError, match=r"connection\.failures") as failed:
        migrate(any_database)
    assert "HUB_DATA_DIR" in failed.value.text.zh


def test_a_column_without_the_default_that_the_code_counts_on_is_told(any_database: Database) -> None:
    with any_database.write() as connection:
        connection.execute(text("ALTER TABLE change DROP COLUMN lost"))
        connection.execute(text("ALTER TABLE change ADD COLUMN lost TEXT"))
    with pytest.raises(SetupError, match=r"change\.lost"):
        migrate(any_database)


def test_a_missing_column_names_hub_migrate(any_database: Database) -> None:
    with pytest.raises(DatabaseError) as failed, any_database.read() as connection:
        connection.execute(text("SELECT nothing_of_this FROM connection"))
    assert "hub migrate" in unreachable(any_database, failed.value).text.zh


def test_a_failing_step_leaves_nothing_behind(
    empty_pair: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.store import migrate as module

    real = module._upgrade

    def breaks(connection: object) -> None:
        real(connection)  # type: ignore[arg-type]
        raise RuntimeError("power cut")

    monkeypatch.setattr(module, "_upgrade", breaks)
    with pytest.raises(RuntimeError):
        migrate(empty_pair[0])
    assert missing(empty_pair[0]) == steps()


@pytest.mark.slow
def test_four_first_starts_at_once(empty_pair: tuple[Database, Database]) -> None:
    url = empty_pair[0].url.render_as_string(hide_password=False)
    code = (
        "import sys; from hub.store.database import Database; from hub.store.migrate import migrate;"
        "db = Database(sys.argv[1]); print(len(migrate(db))); db.close()"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, url], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    answers = sorted(process.communicate(timeout=60)[0].strip() for process in started)
    assert answers == ["0", "0", "0", str(len(steps()))]
    assert missing(empty_pair[0]) == []


def test_an_unreachable_postgres_names_the_fix_and_hides_the_password() -> None:
    db = Database("postgresql+psycopg://hub:s3cret@127.0.0.1:1/hub?connect_timeout=2")
    with pytest.raises(SetupError, match="check host, port and network") as caught:
        migrate(db)
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    path.write_bytes(b"not a database at all, really not" * 100)
    with pytest.raises(SetupError, match="restore a backup"):
        migrate(Database(f"sqlite:///{path}"))
