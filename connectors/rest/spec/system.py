"""A whole manifest: one system, its settings, its entities and their calls."""

import json
from typing import Any, Literal

from pydantic import Field

from connectors.rest.spec.auth import Auth
from connectors.rest.spec.base import At, Both, Check, Part, Request, Scalar, Strict
from connectors.rest.spec.errors import Errors
from connectors.rest.spec.paging import NoPages, Paging
from connectors.rest.spec.webhook import Webhook
from hub.connector.manifest import Limit, Stage

EntityName = Literal[
    "customer", "contact", "product", "employee", "order", "receivable", "receipt", "settlement", "approval"
]
TimeFormat = Literal["iso", "iso_ms", "local", "ms", "s"]
ValueShape = Literal["plain", "wrapped", "pairs", "text"]


class Setting(Strict):
    """One setting of the connection's form. In requests {name} is its value."""

    title: Both
    help: Both | None = None
    type: Literal["text", "secret", "integer", "boolean"] = "text"
    default: Scalar = None
    """Without one the setting is required."""
    choices: tuple[str, ...] = ()


class Times(Strict):
    """How {since} and {until} are written: iso 2026-11-20T01:02:03Z, iso_ms with .000, local 2026-11-20 09:02:03 in the
    system's zone, ms and s since 1970."""

    format: TimeFormat = "iso_ms"


class Shape(Strict):
    """How the values of a record are packed: plain {"a": 1}; wrapped {"a": {"value": 1}}; pairs [{"id": "a", "value": 1}];
    text = the JSON text of plain ones. `name` and `value` are the keys used. Lists of rows are packed the same way inside."""

    read: ValueShape = "plain"
    write: ValueShape = "plain"
    name: str = "id"
    value: str = "value"


class ListCall(Strict):
    """All records, and with `changed` laid over it those changed between {since} and {until}. `rows` is where the list
    stands; `order: modified` = the vendor sorts by the modified time, so that a pull may go on where it broke off."""

    request: Request
    changed: Part | None = None
    rows: At
    paging: Paging = Field(default_factory=lambda: NoPages(kind="none"))
    order: Literal["any", "modified"] = "any"


class ReadCall(Strict):
    """One record by {id} (`record`), or several by {ids} (a list; {id_list} is 1,2,3) (`rows`, `batch` at a time)."""

    request: Request
    record: At = ""
    rows: At = ""
    batch: int = Field(1, gt=0, le=1000)


class FindCall(Strict):
    """Records that carry {key}. What comes back is compared with the key again."""

    request: Request
    rows: At


class Each(Strict):
    """A reply that tells record by record what became of a batch: results at `rows`, and of each the record's place in the batch
    (`place`, counted from `first`), or the hub's key (`key`), or nothing = they come in order. `lists: failed` = only refused records
    are listed, and the ids of the others stand at `ids` of the call; with `lists: all` a good one passes `ok` and has an `id`. What
    `code` and `message` mean is told by errors.rules; without a rule the record is refused."""

    rows: At
    lists: Literal["all", "failed"] = "all"
    place: At = ""
    first: int = Field(0, ge=0, le=1)
    key: At = ""
    ok: Check | None = None
    id: At = ""
    code: At = ""
    message: At = ""

    def model_post_init(self, _context: Any) -> None:
        if self.lists == "all" and not self.id:
            raise ValueError("请给出 id：成功的记录的编号在哪里 / give id: where a good result names its record")
        if self.lists == "failed" and not (self.place or self.key):
            raise ValueError("请给出 place 或 key：是哪一条被拒 / give place or key: which record was refused")


class WriteCall(Strict):
    """One write: {data} is the record, {id} and {version} what it is about, {key} and {number} the hub's, {transaction} a UUID
    that is the same on every try; with `batch` above 1 {rows} is the list of records. The reply must prove the write: the id
    at `id` (`ids` for a batch, in order; `each` where it is told record by record), or `confirm`, or `empty` = HTTP 2xx without a
    body. `record` is what was stored."""

    request: Request
    batch: int = Field(1, gt=0, le=1000)
    id: At = ""
    ids: At = ""
    record: At = ""
    each: Each | None = None
    confirm: Check | None = None
    empty: bool = False

    def model_post_init(self, _context: Any) -> None:
        if not (self.id or self.ids or self.each or self.confirm or self.empty):
            raise ValueError(
                "请给出 id、ids、each、confirm 或 empty，说明回复如何证明写入成功 / "
                "give id, ids, each, confirm or empty: what in the reply proves the write"
            )


class DeletedCall(Strict):
    """Records that were deleted: a feed of its own, a recycle bin, or a list that keeps deleted records with a mark (`only` = which
    rows are deleted). `id` is the record's id in a row, `modified` when it was deleted, `merged_into` the record that it went into.
    With `changed` laid over it only those between {since} and {until}; without it all, every time."""

    request: Request
    changed: Part | None = None
    rows: At
    paging: Paging = Field(default_factory=lambda: NoPages(kind="none"))
    id: At = Field(min_length=1)
    modified: At = ""
    only: Check | None = None
    merged_into: At = ""


class StageAt(Strict):
    """Where a document says how far it is, and which of the vendor's values is which stage."""

    at: At
    names: dict[str, str]


class Entity(Strict):
    """One entity. Paths (`id`, `number` …) are paths into a row, before its fields are unpacked. Without `list.changed` every
    pull reads everything, and the hub finds the changes by comparing contents."""

    like: str = ""
    """Another entity of this file whose parts this one takes over, but for those that it gives itself."""
    object: str = ""
    id: At = Field(min_length=1)
    number: At = ""
    version: At = ""
    modified: At = ""
    key: At = ""
    """The field that holds the hub's key on records made by the hub; it must be searchable by `find`."""
    fields: At = ""
    """Where in a row its fields stand; "" = beside the id."""
    shape: Shape = Field(default_factory=Shape)
    list: ListCall
    read: ReadCall | Literal["scan"] = "scan"
    find: FindCall | Literal["scan"] | None = None
    create: WriteCall | None = None
    update: WriteCall | None = None
    upsert: WriteCall | None = None
    """Creates, or changes the record that has {key}: used for creates, and for changes where there is no `update`."""
    deleted: DeletedCall | None = None
    """Without it a deletion is noticed by the nightly sweep."""
    steps: dict[str, WriteCall] = Field(default_factory=dict)
    """Named calls on a record: submit, audit, delete …"""
    stage: StageAt | None = None
    stages: tuple[Stage, ...] = ()
    reference_stage: str = ""
    lines: Literal["none", "keyed", "replace"] = "none"
    overlap_s: float = Field(120, ge=0)
    granularity_s: float = Field(1, ge=0)
    settle_s: float = Field(2, ge=0)
    blind_spots: tuple[str, ...] = ()
    reread_s: int = Field(0, ge=0)


class System(Strict):
    """A system that is reached by configuration alone. The setting `base_url` always exists."""

    system: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    name: Both
    kind: tuple[Literal["crm", "erp", "oa", "chat"], ...] = Field(min_length=1)
    docs: str = ""
    version: str = ""
    zone: str = "Asia/Shanghai"
    base_url: str = ""
    """The usual address; the admin may enter another one."""
    parallel: int = Field(2, gt=0, le=32)
    limits: tuple[Limit, ...] = ()
    settings: dict[str, Setting] = Field(default_factory=dict)
    auth: Auth
    headers: dict[str, str] = Field(default_factory=dict)
    times: Times = Field(default_factory=Times)
    errors: Errors = Field(default_factory=Errors)
    webhook: Webhook | None = None
    entities: dict[EntityName, Entity] = Field(min_length=1)


def schema_text() -> str:
    """The file docs/rest.schema.json: JSON Schema (2020-12) of a manifest, for editors and for checks outside the hub."""
    schema = System.model_json_schema(mode="validation")
    whole_entity = schema["$defs"]["Entity"]
    # What an entity takes over from another need not be in the file.
    schema["$defs"]["Entity"] = {"anyOf": [{"type": "object", "required": ["like"]}, whole_entity]}
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "REST connector manifest"}
    return json.dumps(whole, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
