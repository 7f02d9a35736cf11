"""The manifest: what a connector can do and how the vendor behaves, as checked data
(connectors/<system>/manifest.yaml)."""

from datetime import datetime, time, timedelta
from importlib import resources
from typing import Literal, cast
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field

from hub.errors import ConfigInvalid, Text

Channel = Literal["app", "robot", "person", "todo"]
"""app: a notification of the app to members · robot: a group's robot · person: the app's robot to one member at a time · todo: a
task in the member's to-do list."""


DAY_MARGIN = timedelta(minutes=5)
"""Around midnight nobody knows which day it is for the vendor: clocks differ, calls take their time."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(_Strict):
    zh: str
    en: str

    def text(self) -> Text:
        return Text(self.zh, self.en)


class Stage(_Strict):
    """One stage of a document. `step` is the client.step that leads here from the stage before ("" for the first); `reopen` the one
    that takes a document back from here to where it can be changed ("" = there is none)."""

    name: str
    step: str = ""
    editable: bool = True
    reopen: str = ""


class EntityManifest(_Strict):
    """How one entity behaves at this system."""

    object: str
    can: tuple[Literal["pull", "read", "find", "create", "update", "delete_feed", "disable"], ...]
    cursor: Literal["modified", "none"] = "modified"
    granularity_s: float = 1.0
    overlap_s: float = 120.0
    page_size: int = 500
    read_batch: int = 100
    create_batch: int = 1
    update_batch: int = 1
    key: Literal["number", "field", "none"] = "none"
    """Where the hub's key goes on create: the vendor-unique number, a searchable field, or nowhere (lost reply ->
    inbox)."""
    settle_s: float = 2.0
    """How long a write whose reply was lost may still land; looked up twice after that."""
    conditional_writes: bool = False
    stages: tuple[Stage, ...] = ()
    reference_stage: str = ""
    """The stage a record of this entity must have reached before another record may refer to it."""
    lines: Literal["none", "keyed", "replace"] = "none"
    """Document lines on update: keyed = rows with their ids, all rows that shall stay must be sent; replace = the
    list replaces."""
    blind_spots: tuple[str, ...] = ()
    """Operations that do not touch the modified time; the flow re-reads open documents and sweeps nightly because
    of them."""
    reread_s: int = 0
    """Because of the blind spots a new flow reads every open document again within so many seconds; 0 = only the sweep does."""
    every_s: int = 60
    sweep_s: int = 86_400
    """How often a new flow pulls, and reads everything in full: seldom where calls are counted by the month and events come anyway."""
    calls_per_record: dict[str, float] = Field(default_factory=dict)

    def stage_index(self, name: str) -> int:
        """Position of the stage; -1 when the vendor reports a stage that the manifest does not know."""
        return next((i for i, stage in enumerate(self.stages) if stage.name == name), -1)


class Limit(_Strict):
    """At most `calls` per `per_s` seconds, for operations whose name starts with `operation` ("" = all)."""

    calls: int
    per_s: float
    operation: str = ""


class Manifest(_Strict):
    system: str
    name: Name
    kind: tuple[Literal["crm", "erp", "oa", "chat"], ...]
    vendor_docs: str
    wire_version: str
    entities: dict[str, EntityManifest]
    messages: tuple[Channel, ...] = ()
    messages_once_s: dict[Channel, float] = Field(default_factory=dict)
    """Channels whose vendor drops an identical request (same Message, same key) for so many seconds: a message whose reply was
    lost may be sent again within that time. A channel that is not named is never repeated without a person."""
    messages_once_daily: tuple[Channel, ...] = ()
    """Channels whose vendor drops an identical request on the same day of `zone`, and tells that it was a repeat."""
    confirms: tuple[Channel, ...] = ()
    """Channels that take messages of kind confirm: the client is a Confirming, and the callback gives the answers."""
    callbacks: bool = False
    stream: bool = False
    """Events may come down a connection that the hub opens (contract.Listening)."""
    member_lookup: tuple[Literal["mobile", "email"], ...] = ()
    limits: tuple[Limit, ...] = ()
    parallel: int = 4
    zone: str = "Asia/Shanghai"

    def repeat_until(self, channel: str, since: datetime) -> datetime:
        """Until when the vendor knows an identical request as a repeat of one sent at `since` (aware); `since` = it does not."""
        known = since + timedelta(seconds=self.messages_once_s.get(cast(Channel, channel), 0.0))
        if channel not in self.messages_once_daily:
            return known
        local = since.astimezone(ZoneInfo(self.zone))
        midnight = datetime.combine(local.date(), time(), local.tzinfo)
        if local - midnight < DAY_MARGIN:  # by the vendor's clock it may have been yesterday
            return known
        return max(known, since, midnight + timedelta(days=1) - DAY_MARGIN)


def load_manifest(package: str) -> Manifest:
    """Read `manifest.yaml` beside the connector's `__init__`. Raises ConfigInvalid naming the field."""
    raw = yaml.safe_load(resources.files(package).joinpath("manifest.yaml").read_text(encoding="utf-8"))
    try:
        return Manifest.model_validate(raw)
    except ValueError as error:
        raise ConfigInvalid(
            f"{package} 的 manifest.yaml 有误：{error}", f"manifest.yaml of {package}: {error}"
        ) from error
