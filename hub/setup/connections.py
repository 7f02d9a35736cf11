"""Connections: add with checked and sealed settings, show masked, change, test, delete."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from hub.alerts.rules import install_shipped as install_alerts
from hub.connector import Connector
from hub.connector.form import describe, masked, parse, revealed
from hub.connector.redact import Redactor, secrets_of
from hub.errors import BadInput, HubError
from hub.setup.flows import add_default_flows
from hub.setup.known import connector_of, known_connection
from hub.setup.mappings import install_shipped
from hub.setup.needs import Needs, Opener
from hub.store import connections as store
from hub.store.audit import Deed, write_audit
from hub.store.types import dump_json

_NAME = re.compile(r"[\w-]{1,40}")


@dataclass(frozen=True, slots=True)
class NewConnection:
    """`settings` is the connector's form as filled in; `options` holds what is not secret (key_prefix, parallel…)."""

    name: str
    system: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """`facts` is what the vendor said about the account; `error` is None when everything could be read; `resumed`: trouble had
    stopped the connection, and this test set it going again."""

    facts: Mapping[str, str]
    error: HubError | None = None
    resumed: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.error is None,
            "facts": dict(self.facts),
            "error": self.error.as_json() if self.error else None,
            "resumed": self.resumed,
        }


def describe_system(connector: Connector) -> dict[str, Any]:
    """What a screen needs to offer this system: names, what it can do, its settings form."""
    manifest = connector.manifest
    return {
        "system": manifest.system,
        "name": manifest.name.model_dump(),
        "kind": list(manifest.kind),
        "vendor_docs": manifest.vendor_docs,
        "wire_version": manifest.wire_version,
        "entities": {name: entity.model_dump(mode="json") for name, entity in manifest.entities.items()},
        "messages": list(manifest.messages),
        "callbacks": manifest.callbacks,
        "form": describe(connector.config),
    }


def add_connection(needs: Needs, new: NewConnection, *, who: str) -> int:
    """Check the settings, seal them, create default flows. Returns the id. Raises BadInput, ConfigInvalid."""
    _check_name(new.name)
    connector = connector_of(needs, new.system)
    config = parse(connector.config, new.settings)
    now = needs.now()
    values = {
        "name": new.name,
        "system": new.system,
        "config": _seal(needs, config),
        "options": dict(new.options),
        "created_at": now,
    }
    with needs.db.write() as tx:
        if store.find_connection(tx, new.name):
            raise BadInput(
                f"连接 {new.name} 已存在，请换一个名字",
                f"There is a connection {new.name} already; choose another name",
                field="name",
                value=new.name,
            )
        key = store.insert_connection(tx, values)
        install_shipped(tx, new.system, now)
        add_default_flows(tx, key, connector.manifest, now)
        if connector.manifest.messages:
            install_alerts(tx, now)
        write_audit(tx, Deed(who, "connection.add", new.name, {"system": new.system}), now)
    return key


def change_settings(needs: Needs, name: str, settings: Mapping[str, Any], *, who: str) -> None:
    """Replace the given settings; a secret given as *** keeps its value. Entities that came with a newer connector get their flows.
    Raises NotFound, ConfigInvalid."""
    with needs.db.write() as tx:
        row = known_connection(tx, name)
        connector = connector_of(needs, row["system"])
        stored = json.loads(needs.secrets.open(row["config"]))
        config = parse(connector.config, {**stored, **settings}, stored)
        store.update_connection(tx, row["id"], {"config": _seal(needs, config)})
        install_shipped(tx, row["system"], needs.now())
        add_default_flows(tx, row["id"], connector.manifest, needs.now())
        write_audit(tx, Deed(who, "connection.change", row["name"], {"fields": sorted(settings)}), needs.now())


def change_options(needs: Needs, name: str, options: Mapping[str, Any], *, who: str) -> None:
    """Set options that are not secret; null removes one."""
    with needs.db.write() as tx:
        row = known_connection(tx, name)
        merged = {key: value for key, value in {**row["options"], **options}.items() if value is not None}
        store.update_connection(tx, row["id"], {"options": merged})
        write_audit(tx, Deed(who, "connection.options", row["name"], dict(options)), needs.now())


def delete(needs: Needs, name: str, *, who: str) -> None:
    """Remove a connection nothing is bound to. Raises BadInput for one that is used: pause it instead."""
    with needs.db.write() as tx:
        row = known_connection(tx, name)
        if store.is_used(tx, row["id"]):
            raise BadInput(
                f"连接 {row['name']} 已有绑定的记录，不能删除；请改用暂停",
                f"Records are bound to connection {row['name']}, so it cannot be deleted; pause it instead",
                field="connection",
                value=row["name"],
            )
        store.delete_connection(tx, row["id"])
        write_audit(tx, Deed(who, "connection.delete", row["name"]), needs.now())


def show(needs: Needs, name: str) -> dict[str, Any]:
    """The connection with its settings masked. Raises NotFound."""
    with needs.db.read() as tx:
        row = known_connection(tx, name)
    config = open_config(needs, row)
    shown = {key: value for key, value in row.items() if key != "config"}
    return shown | {"settings": masked(config)}


def check(needs: Needs, opener: Opener, name: str) -> Checked:
    """Ask the vendor, through the connection's own client. Errors come back as a value, without secrets."""
    with needs.db.read() as tx:
        row = known_connection(tx, name)
    try:
        return Checked(dict(opener.get(row["id"]).check()))
    except HubError as error:
        return Checked({}, Redactor(secrets_of(open_config(needs, row))).scrub(error))


def open_config(needs: Needs, row: Mapping[str, Any]) -> BaseModel:
    """The stored settings of a connection row as the connector's model."""
    connector = connector_of(needs, row["system"])
    return parse(connector.config, json.loads(needs.secrets.open(row["config"])))


def _seal(needs: Needs, config: BaseModel) -> str:
    return needs.secrets.seal(dump_json(revealed(config)))


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name.isdigit():
        raise BadInput(
            f"连接名 {name!r} 应为 1 到 40 个文字、数字、- 或 _，且不全是数字",
            f"Connection name {name!r}: give 1 to 40 letters, digits, - or _, not digits alone",
            field="name",
            value=name,
        )
