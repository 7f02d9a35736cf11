"""What connectors can do, as a table that follows from their manifests. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from hub.connector.contract import Connector
from hub.connector.manifest import EntityManifest, Limit, Manifest
from hub.errors import BadInput

Row = dict[str, Any]
BEGIN, END = "<!-- begin: hub connectors list --markdown -->", "<!-- end -->"
ABILITIES = ("pull", "read", "find", "create", "update")
_HEADS = (
    "系统 / System",
    "数据 / Entity",
    "拉取 / Pull",
    "按编号读 / Read",
    "按键查 / Find",
    "新建 / Create",
    "修改 / Update",
    "阶段 / Stages",
    "防重键 / Key",
    "条件写入 / Conditional",
    "删除记录 / Delete feed",
)
_SYSTEM_HEADS = (
    "系统 / System",
    "名称 / Name",
    "种类 / Kind",
    "消息 / Messages",
    "回调 / Callbacks",
    "查成员 / Member lookup",
    "限额 / Limits",
)


def systems(connectors: Mapping[str, Connector]) -> list[Row]:
    """One row per system: {system, name {zh, en}, kind, messages, callbacks, member_lookup, limits, entities: rows of `entities`}."""
    return [_system(connector.manifest) for _, connector in sorted(connectors.items())]


def entities(manifest: Manifest) -> list[Row]:
    """One row per entity: {system, entity, pull, read, find, create, update, stages, key, conditional_writes, delete_feed, cursor}."""
    return [_entity(manifest.system, name, entity) for name, entity in manifest.entities.items()]


def markdown(connectors: Mapping[str, Connector]) -> str:
    """Both tables as Markdown, systems first."""
    rows = systems(connectors)
    return (
        _table(_SYSTEM_HEADS, map(_system_cells, rows))
        + "\n"
        + _table(_HEADS, (_entity_cells(entity) for row in rows for entity in row["entities"]))
    )


def placed(page: str, text: str, where: str) -> str:
    """The page with `text` between its marks. Raises BadInput for a page without them; `where` names it."""
    before, begin, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        raise BadInput(
            f"{where} 里没有标记 {BEGIN} 和 {END}",
            f"{where} has not got the marks {BEGIN} and {END}",
            field="--into",
            value=where,
        )
    return f"{before}{BEGIN}\n\n{text}\n{END}{after}"


def limit_text(limit: Limit) -> str:
    """ "60 / 60 s", with the operation where it has one."""
    about = f" {limit.operation}" if limit.operation else ""
    return f"{limit.calls} / {limit.per_s:g} s{about}"


def _system(manifest: Manifest) -> Row:
    return {
        "system": manifest.system,
        "name": {"zh": manifest.name.zh, "en": manifest.name.en},
        "kind": list(manifest.kind),
        "messages": list(manifest.messages),
        "callbacks": manifest.callbacks,
        "member_lookup": list(manifest.member_lookup),
        "limits": [limit_text(limit) for limit in manifest.limits],
        "entities": entities(manifest),
    }


def _entity(system: str, name: str, entity: EntityManifest) -> Row:
    return {
        "system": system,
        "entity": name,
        **{ability: ability in entity.can for ability in ABILITIES},
        "stages": [stage.name for stage in entity.stages],
        "key": entity.key,
        "conditional_writes": entity.conditional_writes,
        "delete_feed": "delete_feed" in entity.can,
        "cursor": entity.cursor,
    }


def _system_cells(row: Row) -> list[str]:
    lists = [", ".join(row[name]) for name in ("kind", "messages")]
    name = row["name"]["zh"] if row["name"]["zh"] == row["name"]["en"] else f"{row['name']['zh']} / {row['name']['en']}"
    return [
        row["system"],
        name,
        *lists,
        _sign(row["callbacks"]),
        ", ".join(row["member_lookup"]),
        "; ".join(row["limits"]),
    ]


def _entity_cells(row: Row) -> list[str]:
    pull = "✓" if row["cursor"] == "modified" else "✓ 全量 / whole"
    key = "" if row["key"] == "none" else row["key"]
    signs = [_sign(row[name]) for name in ABILITIES[1:]]
    stages, last = " → ".join(row["stages"]), [_sign(row["conditional_writes"]), _sign(row["delete_feed"])]
    return [row["system"], row["entity"], pull if row["pull"] else "", *signs, stages, key, *last]


def _sign(value: object) -> str:
    return "✓" if value else ""


def _table(heads: tuple[str, ...], rows: Iterable[list[str]]) -> str:
    lines = [list(heads), ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cell or '–' for cell in line)} |\n" for line in lines)
