"""What tables and messages say to people: words, times, parts of values, and one language for the whole command."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy.exc import OperationalError

from hub.cli.desk import Desk
from hub.cli.main import main
from hub.errors import SetupError
from hub.settings import machine_language
from hub.store.database import Database
from hub.store.migrate import migrate_if_new, missing, steps
from hub.sync.tasks import RunReport
from tests.unit.api.office import NOW, put_item, put_run


def desk(width: int = 200) -> Desk:
    return Desk("zh", console=Console(width=width))


def test_values_are_read_by_people() -> None:
    shown = desk()
    assert shown.cell("state", "unbalanced") == "对不平"
    assert shown.cell("state", "a word nobody listed") == "a word nobody listed"
    assert shown.cell("counts", {"fetched": 3, "created": 2}) == "读到 3, 新建 2"
    assert shown.cell("fields", {"name": ["甲", "乙"], "phone": [None, "1"]}) == "name: 甲 → 乙\nphone: - → 1"
    assert shown.cell("filter", [{"field": "status", "op": "ne", "value": "cancelled"}]) == "status ne cancelled"
    assert shown.cell("data", {}) == shown.cell("x", None) == "-"


def test_changed_rows_show_the_cells_that_are_others() -> None:
    old = [{"id": "1", "price": "7", "unit": "台"}, {"id": "2", "price": "8"}]
    new = [{"id": "1", "price": "9", "unit": "台"}, {"id": "3", "price": "5"}]
    told = desk().cell("fields", {"lines": [old, new]}).splitlines()
    assert told == ["lines 1.price: 7 → 9", "lines 2.price: 8 → -", "lines 3.price: - → 5"]
    assert desk().cell("data", {"lines": old}, full=True).splitlines()[1] == "  id 1, price 7, unit 台"


def test_one_thing_is_shown_under_chinese_names(hub, runtime) -> None:
    item = str(put_item(runtime, kind="conflict", field="name"))
    assert "主数据的值" in hub("inbox", "show", item, lang="zh").out
    assert "golden" in hub("inbox", "show", item).out


def test_a_settings_file_that_cannot_be_read_is_told_without_the_systems_words(hub, tmp_path: Path) -> None:
    words = ("connections", "add", "x", "--system", "acme", "--config-file")
    missing = hub(*words, str(tmp_path / "none.json"), lang="zh")
    assert (missing.status, "读不到" in missing.err, "Errno" in missing.err) == (2, True, False)
    (tmp_path / "bad.json").write_text("[")
    assert "不是 JSON" in hub(*words, str(tmp_path / "bad.json"), lang="zh").err


def test_times_are_short_in_lists_and_whole_where_there_is_room() -> None:
    year = datetime.now(UTC).year
    now, past = datetime(year, 6, 15, 12, 30, 5, tzinfo=UTC), datetime(2001, 6, 15, 12, tzinfo=UTC)
    assert len(desk().cell("at", now)) == len("06-15 12:30")
    assert desk().cell("at", past) == "2001-06-15"
    assert desk().cell("at", now, full=True).startswith(f"{year}-06-15")


def test_tables_fit_a_narrow_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    from hub.cli.flows import _COLUMNS

    flow = {"connection": "erp", "entity": "receivable", "pull": True, "every_s": 60, "pulled_at": datetime.now(UTC)}
    narrow = desk(80)
    narrow.rows([flow], _COLUMNS, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("erp" in line and "receivable" in line for line in lines), "names are not broken over lines"


def test_an_empty_list_says_so(hub) -> None:
    ended = hub("inbox", "list", "--kind", "gone")
    assert (ended.status, ended.err) == (0, "(nothing here)\n")
    assert hub("inbox", "list", "--kind", "gone", "--json").json() == []


def test_an_item_shows_what_can_be_chosen(hub, runtime) -> None:
    item = put_item(runtime, kind="conflict", field="name")
    ended = hub("inbox", "show", str(item))
    assert all(f"hub inbox resolve {item} {choice}" in ended.err for choice in ("golden", "remote", "value"))
    assert hub("inbox", "show", str(item), "--json").json()["choices"] == ["golden", "remote", "value"]


def test_runs_speak_the_language(hub, runtime) -> None:
    put_run(runtime, state="unbalanced", started_at=NOW)
    assert "对不平" in hub("runs", "list", lang="zh").out
    assert "unbalanced" in hub("runs", "list").out


@pytest.mark.parametrize(
    ("named", "language"), [("en_US.UTF-8", "en"), ("zh_CN.UTF-8", "zh"), ("C.UTF-8", "zh"), ("", "zh")]
)
def test_the_locale_chooses_the_language(monkeypatch: pytest.MonkeyPatch, named: str, language: str) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", named)
    assert machine_language() == language


def test_one_language_for_commands_that_need_no_database(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))
    assert main(["--lang", "en", "migrate"]) == 0
    assert "applied migrations" in capsys.readouterr().out
    assert main(["--lang", "zh", "migrate"]) == 0
    assert "数据库已是最新" in capsys.readouterr().out


def test_an_empty_database_is_made_ready_and_an_old_one_is_left_alone(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    migrate_if_new(db)
    assert missing(db) == []
    with db.write() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{steps()[0]}'")
    migrate_if_new(db)
    assert missing(db) == steps()[1:], "data that is there already is left to hub migrate"
    db.close()


@pytest.mark.parametrize(
    ("said", "fix"), [("database or disk is full", "free disk space"), ("database is locked", "another program holds")]
)
def test_a_database_that_fails_is_one_line_with_the_fix(
    said: str, fix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise OperationalError("INSERT", {}, Exception(said))

    assert main(["--lang", "en", "users", "list"], Desk(open_runtime=broken)) == 1
    shown = capsys.readouterr().err
    assert said in shown
    assert fix in shown
    assert shown.count("\n") == 1


def test_settings_that_are_wrong_are_all_named() -> None:
    from connectors.ec.config import EcConfig
    from hub.connector.form import parse

    with pytest.raises(SetupError) as caught:
        parse(EcConfig, {"corp": "1", "opt_user_id": 0})
    zh, en = caught.value.text.zh, caught.value.text.en
    assert "corp_id (企业 ID) 必填" in zh
    assert "app_secret (应用密钥) 必填" in zh
    assert "opt_user_id (操作人 userId) 应大于 0" in zh
    assert "corp 不是这个系统的设置项，可用：base_url" in zh
    assert "corp_id (Corp ID) is required" in en


def test_a_sync_waits_for_the_worker_that_reads_the_flow(hub, runtime, monkeypatch) -> None:
    monkeypatch.setattr("hub.cli.sync.REFRESH_S", 0.01)
    states = iter(["busy", "busy", "ok"])
    runtime.engine.pull = lambda flow_id, **options: RunReport(5, next(states), {"fetched": 1})
    assert hub("sync", "erp", "customer").status == 0
