"""Mappings: list, show, check, keep a version, try it on a record, preview and carry out its activation, export."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from hub.api.auth import Admin, Hub
from hub.api.effects import Activation
from hub.api.shapes import Order, Paged, PageOf, Shape, example, order_example, page
from hub.mapping.load import shipped_samples
from hub.mapping.preview import preview as preview_record
from hub.mapping.schema import json_schema
from hub.setup import activation, mappings
from hub.store import mappings as store

router = APIRouter(tags=["映射 / mappings"])

_HEAD = {
    "id": 4,
    "system": "kingdee",
    "entity": "customer",
    "connection_id": None,
    "version": 2,
    "hash": "1f0e3dad99908345",
    "active": False,
    "created_at": "2026-11-21T08:00:00Z",
    "created_by": "ada",
}
_YAML = "system: kingdee\nentity: customer\nobject: BD_Customer\nfields:\n  - field: name\n    native: FName\n"
MAX_SAMPLES = 50


class MappingRow(Shape):
    model_config = example(**_HEAD)

    id: int = Field(title="编号 / Id")
    system: str = Field(title="系统 / System")
    entity: str = Field(title="主数据 / Entity")
    connection_id: int | None = Field(
        None, title="连接编号；空 = 系统默认 / Connection id; empty = the system's default"
    )
    version: int = Field(title="版本 / Version")
    hash: str = Field(title="内容指纹 / Content hash")
    active: bool = Field(title="启用 / Active")
    created_at: datetime = Field(title="创建时间 / Made at")
    created_by: str = Field(title="创建人 / Made by")


class MappingDetail(MappingRow):
    model_config = example(
        **_HEAD, spec={"system": "kingdee", "entity": "customer", "object": "BD_Customer", "fields": []}
    )

    spec: dict[str, Any] = Field(title="内容 / Lines")


class MappingText(Order):
    model_config = order_example(yaml=_YAML, samples=[{"FName": "杭州西湖商贸有限公司"}], connection="")

    yaml: str = Field(title="映射文件 / Mapping file", max_length=500_000)
    samples: list[dict[str, Any]] | None = Field(None, title="样例记录 / Sample native records", max_length=MAX_SAMPLES)
    connection: str = Field("", title="只用于此连接 / For this connection only", max_length=80)


class FindingRow(Shape):
    model_config = example(
        severity="error",
        file="",
        line=5,
        field="name",
        sample="",
        zh="没有字段 nane，是否指 name？",
        en="no field nane; name?",
    )

    severity: Literal["error", "warning"] = Field(title="程度 / Severity")
    file: str = Field("", title="文件 / File")
    line: int = Field(0, title="行 / Line")
    field: str = Field("", title="字段 / Field")
    sample: str = Field("", title="样例值 / Sample value")
    zh: str = Field(title="中文说明 / Message in Chinese")
    en: str = Field(title="英文说明 / Message in English")


class Checked(Shape):
    model_config = example(ok=True, findings=[])

    ok: bool = Field(title="可用 / Usable")
    findings: list[FindingRow] = Field(title="发现的问题 / Findings")


class Kept(Shape):
    model_config = example(id=4, version=2, new=True)

    id: int = Field(title="编号 / Id")
    version: int = Field(title="版本 / Version")
    new: bool = Field(title="是否新版本 / Whether the content is new")


class Sample(Order):
    model_config = order_example(sample={"FName": "杭州西湖商贸有限公司"})

    sample: dict[str, Any] | None = Field(
        None, title="原始记录；空 = 随附样例 / Native record; empty = the shipped sample"
    )


class Preview(Shape):
    """The same code as the worker's, on one record."""

    model_config = example(
        in_scope=True,
        ok=True,
        lines=[{"field": "name", "native_path": "FName", "native": "甲公司", "golden": "甲公司", "verdict": "same"}],
        golden={"name": "甲公司"},
        native={"FName": "甲公司"},
        problems=[],
    )

    in_scope: bool = Field(title="在范围内 / In scope")
    ok: bool = Field(title="无损失 / Nothing refused or lost")
    lines: list[dict[str, Any]] = Field(title="逐行 / Line by line")
    golden: dict[str, Any] = Field(title="主数据 / Golden data")
    native: dict[str, Any] = Field(title="将发送 / What would be sent")
    problems: list[dict[str, Any]] = Field(title="问题 / Problems")


class ActivationOrder(Order):
    """future: only what changes from now on · pull: read in again · push: send out again."""

    model_config = order_example(mode="future")

    mode: Literal["future", "pull", "push"] = Field(title="方式 / Mode")


@router.get("/mappings", summary="映射列表 / List mappings")
def list_mappings(hub: Hub, _: Admin, request: Paged, system: str = "", entity: str = "") -> PageOf[MappingRow]:
    """Every version, newest first."""
    with hub.db.read() as tx:
        return page(MappingRow, store.list_mappings(tx, request, system=system, entity=entity))


@router.get("/mapping-schema", summary="映射文件的 JSON Schema / JSON Schema of mapping files")
def schema(_: Admin) -> dict[str, Any]:
    """For editors."""
    return json_schema()


@router.post("/mappings/check", summary="检查映射 / Check a mapping")
def check(order: MappingText, _: Admin) -> Checked:
    """Against the golden model and the samples; nothing is kept."""
    _source, findings = mappings.check(order.yaml, samples=order.samples)
    rows = [FindingRow.model_validate(finding.as_json()) for finding in findings]
    return Checked(ok=not any(row.severity == "error" for row in rows), findings=rows)


@router.post("/mappings", summary="保存新版本 / Keep a new version", status_code=201)
def keep(order: MappingText, hub: Hub, caller: Admin) -> Kept:
    """Checked first; it is not active until it is activated."""
    source, findings = mappings.check(order.yaml, samples=order.samples)
    version = mappings.save(hub, source, findings, connection=order.connection, who=caller.name)
    return Kept.model_validate(version, from_attributes=True)


@router.get("/mappings/{mapping_id}", summary="一个映射 / One mapping")
def show(mapping_id: int, hub: Hub, _: Admin) -> MappingDetail:
    """With its lines."""
    with hub.db.read() as tx:
        return MappingDetail.model_validate(mappings.known_mapping(tx, mapping_id))


@router.get("/mappings/{mapping_id}/export", summary="导出 YAML / Export as YAML", response_class=Response)
def export(mapping_id: int, hub: Hub, _: Admin) -> Response:
    """A file that imports to the same mapping."""
    text = mappings.yaml_of(hub, mapping_id)
    return Response(text, media_type="application/yaml")


@router.post("/mappings/{mapping_id}/preview", summary="单条预览 / Try it on one record")
def preview(mapping_id: int, order: Sample, hub: Hub, _: Admin) -> Preview:
    """Native to golden and back, line by line."""
    compiled = mappings.compiled_version(hub, mapping_id)
    samples = [order.sample] if order.sample else shipped_samples(compiled.system, compiled.entity)
    return Preview.model_validate(preview_record(compiled, samples[0] if samples else {}).as_json())


@router.post("/mappings/{mapping_id}/plan", summary="启用预览 / Preview an activation")
def plan(mapping_id: int, order: ActivationOrder, hub: Hub, _: Admin) -> Activation:
    """Counts what activation would change; nothing is written."""
    return Activation.model_validate(activation.preview_activation(hub, mapping_id, order.mode).as_json())


@router.post("/mappings/{mapping_id}/activate", summary="启用 / Activate")
def activate(mapping_id: int, order: ActivationOrder, hub: Hub, caller: Admin) -> Activation:
    """From now on this version rules; what was agreed is re-based in the same step."""
    return Activation.model_validate(activation.activate(hub, mapping_id, order.mode, who=caller.name).as_json())
