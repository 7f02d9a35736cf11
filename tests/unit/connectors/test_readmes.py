"""What an admin needs stands in the connector's README: every setting, how to test, what to do when it fails, in both languages."""

import re
from pathlib import Path

import pytest

from hub.connector import Connector
from hub.connector.discovery import connectors

ROOT = Path(__file__).parents[3] / "connectors"
CHAT = [one for _name, one in sorted(connectors().items()) if one.manifest.messages]


@pytest.mark.parametrize("connector", CHAT, ids=lambda one: one.system)
def test_every_setting_is_explained(connector: Connector) -> None:
    page = (ROOT / connector.system / "README.md").read_text("utf-8")
    table = page.split("### 每一项设置 / Every setting", 1)[1].split("\n## ", 1)[0]
    assert [name for name in connector.config.model_fields if f"`{name}`" not in table] == []
    named = set(re.findall(r"`([a-z_]+)`(?=[` ]*[ `a-z_]*\|)", "\n".join(re.findall(r"^\|([^|]*)\|", table, re.M))))
    assert named <= set(connector.config.model_fields), "a setting that is not there (any more)"
    required = {name for name, one in connector.config.model_fields.items() if one.is_required()}
    ticked = {n for row in table.splitlines() if "| ✓ |" in row for n in re.findall(r"`([a-z_]+)`", row.split("|")[1])}
    assert ticked == required


@pytest.mark.parametrize("connector", CHAT, ids=lambda one: one.system)
def test_how_to_test_and_what_to_do_when_it_fails(connector: Connector) -> None:
    page = (ROOT / connector.system / "README.md").read_text("utf-8")
    for words in ("## 测试 / Testing", "## 出了问题 / When it fails", "hub connections test", "hub connections resume"):
        assert words in page
