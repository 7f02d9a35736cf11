"""A connector that is installed by itself brings its mappings: found beside its code, installed with its first connection."""

import importlib
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from hub.connector.discovery import GROUP, load
from hub.mapping.load import load_shipped, shipped, shipped_samples
from hub.setup.mappings import export_yaml, install_shipped
from hub.store import mappings as store
from hub.store.database import Database
from tests.unit.api.office import NOW, FakeRuntime

PACKAGE = "zz_acme_connector"
CODE = """
from pydantic import BaseModel
from hub.connector import Connector, load_manifest

class Config(BaseModel):
    url: str = ""

CONNECTOR = Connector(load_manifest(__name__), Config, open=lambda config, link: None)
"""
MANIFEST = """
system: zzacme
name: {zh: 埃克, en: Acme}
kind: [crm]
vendor_docs: https://acme.example
wire_version: "1"
entities:
  customer: {object: Customer, can: [pull, read]}
"""
MAPPING = """
system: zzacme
entity: customer
object: Customer
fields:
  - {field: name, native: Name, direction: pull}
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A distribution on the path, as pip leaves one behind."""
    package, info = tmp_path / PACKAGE, tmp_path / f"{PACKAGE}-1.0.dist-info"
    (package / "mappings").mkdir(parents=True)
    info.mkdir()
    (package / "__init__.py").write_text(CODE)
    (package / "manifest.yaml").write_text(MANIFEST)
    (package / "mappings" / "customer.yaml").write_text(MAPPING)
    (package / "mappings" / "customer.sample.json").write_text('{"Name": "甲公司"}')
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nzzacme = {PACKAGE}:CONNECTOR\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield package
    sys.modules.pop(PACKAGE, None)


def test_its_mappings_are_shipped_ones(installed: Path) -> None:
    assert ("zzacme", "customer") in list(shipped())
    assert ("kingdee", "customer") in list(shipped())
    assert load_shipped("zzacme", "customer").object == "Customer"
    assert shipped_samples("zzacme", "customer") == [{"Name": "甲公司"}]


def test_they_are_installed_and_exported_like_ours(installed: Path, tmp_path: Path) -> None:
    found = load(entry_points(group=GROUP))
    assert found.connectors["zzacme"].manifest.kind == ("crm",)
    db = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    db.create_all()
    runtime = FakeRuntime(db, connectors=found.connectors)
    with db.write() as tx:
        assert install_shipped(tx, "zzacme", NOW) == ["customer"]
        active = store.active_mapping(tx, "zzacme", "customer", None)
    assert active is not None
    assert active["created_by"] == "shipped"
    assert "native: Name" in export_yaml(runtime, "zzacme", "customer")
    db.close()


def test_a_connector_without_mappings_or_without_a_package_hides_nobody_elses(installed: Path) -> None:
    (installed / "mappings" / "customer.yaml").unlink()
    (installed / "mappings" / "customer.sample.json").unlink()
    (installed / "mappings").rmdir()
    points = installed.parent / f"{PACKAGE}-1.0.dist-info" / "entry_points.txt"
    points.write_text(f"[{GROUP}]\nzzacme = {PACKAGE}:CONNECTOR\nzzgone = zz_no_such_package:X\n")
    assert {system for system, _ in shipped()} >= {"ec", "kingdee"}
    assert not {"zzacme", "zzgone"} & {system for system, _ in shipped()}
