"""hub connectors: the table of what connectors can do, and a new one from the template."""

import json
from pathlib import Path

import pytest

from hub.cli.desk import Desk
from hub.cli.main import main
from hub.connector.discovery import connectors
from hub.connector.matrix import BEGIN, END, markdown, placed, systems
from hub.connector.scaffold import write_connector
from hub.errors import BadInput

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/connectors.md"


def test_the_page_is_what_the_manifests_say() -> None:
    page = PAGE.read_text("utf-8")
    assert page == placed(page, markdown(connectors()), "page"), "run: hub connectors list --into docs/connectors.md"


def test_the_list_names_every_connector_with_its_entities(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connectors", "list", "--json"], Desk()) == 0
    rows = {row["system"]: row for row in json.loads(capsys.readouterr().out)}
    for name, connector in connectors().items():
        assert [entity["entity"] for entity in rows[name]["entities"]] == list(connector.manifest.entities)


def test_the_table_shows_what_can_and_what_cannot_be_done() -> None:
    found = connectors()
    row = systems({"ec": found["ec"]})[0]
    customer, product = row["entities"][0], next(one for one in row["entities"] if one["entity"] == "product")
    assert (customer["create"], customer["delete_feed"], customer["key"]) == (True, True, "field")
    assert (product["create"], product["delete_feed"], product["cursor"]) == (False, False, "none")
    assert row["limits"] == ["5 / 1 s"]
    assert "| ec | product | ✓ 全量 / whole | ✓ | – | – | – | – | – | – | – |" in markdown({"ec": found["ec"]})


def test_markdown_goes_between_the_marks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    assert main(["connectors", "list", "--into", str(page)], Desk()) == 0
    assert main(["connectors", "list", "--markdown"], Desk()) == 0
    assert page.read_text("utf-8") == f"before\n{BEGIN}\n\n{capsys.readouterr().out}\n{END}\nafter\n"


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(BadInput, match="has not got the marks"):
        placed("nothing here", "table", "page.md")


def test_a_new_connector_bears_its_name_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connectors", "new", "zhidao", "--dir", str(tmp_path)], Desk()) == 0
    assert str(tmp_path / "zhidao/hub_zhidao/client.py") in capsys.readouterr().out
    texts = [path.read_text("utf-8") for path in (tmp_path / "zhidao").rglob("*.*") if path.is_file()]
    assert not [text for text in texts if "$" in text]
    assert 'zhidao = "hub_zhidao:CONNECTOR"' in (tmp_path / "zhidao/pyproject.toml").read_text("utf-8")
    assert "class ZhidaoClient(BaseClient)" in (tmp_path / "zhidao/hub_zhidao/client.py").read_text("utf-8")


@pytest.mark.parametrize("name", ["", "a", "Acme", "my-erp", "1c", "x" * 21, "../x"])
def test_a_name_that_is_no_module_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="small letters"):
        write_connector(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    with pytest.raises(BadInput, match="exists already"):
        write_connector("acme", tmp_path)
    assert list((tmp_path / "acme").iterdir()) == []
