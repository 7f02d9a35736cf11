"""docs/rest.md walked: its files are written, its commands run, against a small server that behaves as the page says."""

import hmac
import itertools
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.rest import load, load_all
from connectors.rest.source import load_system
from hub.cli.desk import Desk
from hub.cli.main import main
from hub.connector.contract import WebhookRequest, Write, Written
from hub.connector.link import Link
from hub.errors import CredentialsRejected
from hub.mapping.load import load_file, load_samples, samples_beside
from hub.setup.mappings import check as check_mapping
from tests.unit.rest.vendor import OPENED, Asked, Vendor

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/rest.md").read_text("utf-8")
FILES = re.findall(r"^`([^`\n]+)`\n\n```(?:yaml|json)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]
KEY = "key-of-the-page-0001"


class Forms:
    """The platform of the page: wrapped values, numbered pages, code 0."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.numbers = itertools.count(1)

    def seed(self, count: int) -> None:
        for n in range(count):
            self.add({"name": {"value": f"华星{n}"}, "number": {"value": f"C-{n:03d}"}})

    def add(self, values: dict[str, Any]) -> str:
        key = f"r{next(self.numbers):04d}"
        self.rows[key] = {"id": key, "updated_at": "2026-11-20 09:02:03", "values": values}
        return key

    def answer(self, asked: Asked) -> Any:
        if asked.headers.get("x-app-key") != KEY:
            return {"code": 401001, "message": "no such key"}
        parts = asked.path.removeprefix("/api/forms/f1/").split("/")
        return self.query(asked.json) if parts == ["query"] else self.row(asked, parts[1:])

    def query(self, body: dict[str, Any]) -> Any:
        wanted = body.get("equals", {})
        rows = [
            row
            for row in self.rows.values()
            if all(row["values"].get(name, {}).get("value") == value for name, value in wanted.items())
            and row["updated_at"] >= body.get("updated_from", "")
        ]
        start = (body["page"] - 1) * body["size"]
        return {"code": 0, "data": {"list": rows[start : start + body["size"]], "total": len(rows)}}

    def row(self, asked: Asked, key: list[str]) -> Any:
        if asked.method == "POST":
            return {"code": 0, "data": {"id": self.add(asked.json["values"])}}
        if key[0] not in self.rows:
            return {"code": 404001, "message": "not there"}
        if asked.method == "PUT":
            self.rows[key[0]]["values"] |= asked.json["values"]
        return {"code": 0, "data": self.rows[key[0]]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "key.txt").write_text(KEY, "utf-8")
    return tmp_path


def run(folder: Path, command: str, url: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.chdir(folder)
    line = command.replace("https://zhidao.example.com/openapi", url)
    return main(shlex.split(line)[1:], Desk(lang="zh"))


def test_the_page_has_what_this_walk_needs() -> None:
    assert [name for name, _text in FILES] == ["zhidao.yaml", "zhidao/customer.yaml", "zhidao/customer.sample.json"]
    assert [" ".join(line.split()[:3]) for line in COMMANDS] == [
        "hub rest check", "hub rest try", "hub mappings check", "hub connections add", "hub connections test",
    ]  # fmt: skip
    assert all(f"| {n} |" in PAGE for n in range(1, 16)), "fifteen questions"


def test_check_and_try_run_as_written(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    forms = Forms()
    forms.seed(4)
    with Vendor(pager=forms.answer) as vendor:
        assert run(folder, COMMANDS[0], vendor.url, monkeypatch) == 0
        assert run(folder, COMMANDS[1], vendor.url, monkeypatch) == 0
        shown = capsys.readouterr().out
        assert "POST" in shown
        assert "forms/f1/query" in shown
        assert "华星2" in shown
        assert "r0003" in shown
        assert "r0004" not in shown.split("编号")[-1], "no more than asked for"
        assert KEY not in shown
        assert {asked.method for asked in vendor.asked} == {"POST"}
        assert all(asked.path.endswith("/query") for asked in vendor.asked), "a try writes nothing"
        assert [row["name"] for row in load_samples(folder / "zhidao/customer.sample.json")] == [
            "华星0",
            "华星1",
            "华星2",
        ]
        assert run(folder, COMMANDS[2], vendor.url, monkeypatch) == 0, "what the try kept are good samples"
        (folder / "key.txt").write_text("wrong-wrong-wrong", "utf-8")
        assert run(folder, COMMANDS[1], vendor.url, monkeypatch) == 1
    assert "凭证" in capsys.readouterr().err


def test_a_broken_manifest_is_told_by_line_and_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    text = (folder / "zhidao.yaml").read_text("utf-8")
    (folder / "zhidao.yaml").write_text(text.replace("shape:", "shap:"), "utf-8")
    line = text[: text.index("shape:")].count("\n") + 1
    assert run(folder, COMMANDS[0], "-", monkeypatch) == 1
    told = "".join(capsys.readouterr())
    assert f"zhidao.yaml:{line}: entities.customer.shap" in told
    assert "是否想写 shape" in told


def test_the_mapping_and_its_sample_agree(folder: Path) -> None:
    path = folder / "zhidao/customer.yaml"
    samples, wrong = samples_beside(path)
    assert (len(samples), wrong) == (1, [])
    source, findings = check_mapping(path.read_text("utf-8"), file=str(path), samples=samples)
    assert source.spec == load_file(path)
    assert [finding for finding in findings if finding.severity == "error"] == []
    assert load_samples(folder / "zhidao/customer.sample.json") == samples


def test_the_connection_reads_writes_and_finds(folder: Path) -> None:
    found = load_all(folder)
    assert found.broken == {}
    connector = found.connectors["zhidao"]
    assert connector.mappings == folder / "zhidao"
    forms = Forms()
    forms.seed(120)
    with Vendor(pager=forms.answer) as vendor:
        given = {"base_url": vendor.url, "app_key": KEY, "customer_form": "f1"}
        opened = connector.open(connector.config.model_validate(given), Link())
        OPENED.append(opened)  # type: ignore[arg-type]
        pages = list(opened.pull("customer", None))
        assert len({row.id for page in pages for row in page.rows}) == 120
        assert pages[0].rows[0].data["name"].startswith("华星")
        later = list(opened.pull("customer", {"since": "2026-11-21T00:00:00+00:00"}))
        assert [row for page in later for row in page.rows] == [], "unchanged records are not read again"
        made = opened.create("customer", [Write("HUB-1", {"name": "新"})])[0]
        assert isinstance(made, Written)
        assert [row.id for row in opened.find("customer", Write("HUB-1", {}))] == [made.id]
        opened.update("customer", [Write("HUB-1", {"address": "文三路"}, id=made.id)])
        assert forms.rows[made.id]["values"] == {
            "name": {"value": "新"}, "hub_key": {"value": "HUB-1"}, "address": {"value": "文三路"},
        }  # fmt: skip
        assert opened.read("customer", [made.id, "r9999"])[made.id].key == "HUB-1"
        wrong = connector.open(connector.config.model_validate({**given, "app_key": "wrong-wrong"}), Link())
        OPENED.append(wrong)  # type: ignore[arg-type]
        with pytest.raises(CredentialsRejected):
            wrong.check()


def test_the_push_is_proved(folder: Path) -> None:
    connector = load(folder / "zhidao.yaml")
    given = {"base_url": "http://x", "app_key": KEY, "customer_form": "f1", "push_secret": "pushing-secret"}
    body, now = b'{"form":"f1","event":"update","data":{"id":"r7"}}', datetime(2026, 11, 22, tzinfo=UTC)
    stamp = str(int(now.timestamp()))
    made = hmac.new(b"pushing-secret", stamp.encode() + body, "sha256").hexdigest()
    assert connector.callback is not None
    request = WebhookRequest("POST", {}, {"x-time": stamp, "x-signature": made}, body)
    hint = connector.callback(connector.config.model_validate(given), request, now).hints[0]
    assert (hint.entity, hint.id, hint.event) == ("customer", "r7", "update")


def test_the_reference_names_every_kind() -> None:
    system = load_system(ROOT / "connectors/rest/systems/jiandaoyun.yaml")
    assert system.auth.kind == "bearer"
    schema = yaml.safe_load((ROOT / "docs/rest.schema.json").read_text("utf-8"))
    kinds = {
        value["properties"]["kind"].get("const")
        for name, value in schema["$defs"].items()
        if name.endswith(("Auth", "Link", "Set", "Cursor", "NoPages")) and "kind" in value.get("properties", {})
    }
    assert len(kinds) >= 10
    assert [kind for kind in kinds if f"`{kind}`" not in PAGE] == []
