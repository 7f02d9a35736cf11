"""The pages: every relative link leads somewhere, every test that is named exists, both READMEs say what the manifests say."""

import re
from pathlib import Path

import pytest

from hub.connector import EntityManifest
from hub.connector.discovery import discover

ROOT = Path(__file__).parents[2]
SKIPPED = {".venv", ".venv-referees", ".venv-tryton", "node_modules", ".pytest_cache", ".hub"}
PAGES = sorted(
    page for page in ROOT.rglob("*.md") if not SKIPPED & set(page.relative_to(ROOT).parts) and ".hub" not in page.name
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)(?:\[[^`]*\])?`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.strip().lower()).replace(" ", "-") for head in heads}


def broken(page: Path) -> list[str]:
    found = []
    for link in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor.lower() not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_every_test_that_a_page_names_exists() -> None:
    named = [(page, *pair) for page in PAGES for pair in NAMED_TEST.findall(page.read_text("utf-8"))]
    assert len(named) > 30
    missing = [
        f"{page.name}: {file}::{test}"
        for page, file, test in named
        if not (ROOT / file).exists() or f"def {test}(" not in (ROOT / file).read_text("utf-8")
    ]
    assert missing == []


#: First cell of a row of the table in README.md -> systems it speaks of.
ROWS = {
    "EC": ("ec",),
    "Kingdee": ("kingdee",),
    "Yonyou YonBIP": ("yonbip",),
    "Yonyou U8": ("u8",),
    "[Tryton]": ("tryton",),
}
ENTITIES = ("customer", "contact", "product", "order", "receivable", "employee")


def arrow(entity: EntityManifest | None) -> str:
    """What a cell of the table begins with."""
    if entity is None or "pull" not in entity.can:
        return "–"
    if "update" in entity.can:
        return "⇄"
    return "created" if "create" in entity.can else "→"


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
@pytest.mark.parametrize("row", ROWS)
def test_the_table_of_systems_says_what_the_manifests_say(page: str, row: str) -> None:
    lines = (ROOT / page).read_text("utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|---"))
    place = start + 1 + list(ROWS).index(row)
    cells = [cell.strip() for cell in lines[place].strip("|").split("|")]
    for system in ROWS[row]:
        entities = discover().connectors[system].manifest.entities
        said = {name: cell.replace("新建", "created")[:7] for name, cell in zip(ENTITIES, cells[1:7], strict=True)}
        wrong = {name: cell for name, cell in said.items() if not cell.startswith(arrow(entities.get(name)))}
        assert wrong == {}
