"""Customer tags of the corp and marking customers with them (wecom.md section 6.2)."""

from typing import Any

from sandbox.wecom.corp import Call, Corp, rows_of, texts_of
from sandbox.wecom.errors import ApiError, JsonObject, exceeds
from sandbox.wecom.relations import relation, save_follow
from sandbox.wecom.scope import Record

NAME_LENGTH = 30


def tag_list(corp: Corp, call: Call) -> JsonObject:
    """POST get_corp_tag_list: everything, or the groups named, or the tags named (groups win)."""
    groups = set(texts_of(call.body.get("group_id")))
    tags = set(texts_of(call.body.get("tag_id"))) if not groups else set()
    rows = sorted(corp.store.all("tag_group"), key=lambda row: str(row["group_id"]))
    shown = [_group(corp, row, only=tags) for row in rows if not groups or row["group_id"] in groups]
    return {"tag_group": [row for row in shown if row["tag"] or not tags]}


def tag_add(corp: Corp, call: Call) -> JsonObject:
    """POST add_corp_tag: into a group named by id or by name (made when new); the answer is one group object.

    A name sent twice makes one tag; one that the group has already is 40071.
    """
    wanted = {_name(row.get("name")): row for row in rows_of(call.body.get("tag"))}
    if not wanted:
        raise ApiError(40063, "missing tag")
    group = _group_for(corp, call)
    present = {row["name"] for row in corp.store.find("tag", "group_id", group["group_id"])}
    if present & set(wanted):
        raise ApiError(40071)
    made = {str(_new_tag(corp, call, group, row)["id"]) for row in wanted.values()}
    return {"tag_group": _group(corp, group, only=made)}


def tag_edit(corp: Corp, call: Call) -> JsonObject:
    """POST edit_corp_tag: id of a tag or a group that this app made."""
    key = call.text("id", 40068)
    name = "tag" if corp.store.get("tag", key) else "tag_group"
    _own(corp, call, name, key)
    changes: dict[str, Any] = {}
    if call.body.get("name"):
        changes["name" if name == "tag" else "group_name"] = _name(call.body["name"])
    if isinstance(call.body.get("order"), int):
        changes["order"] = call.body["order"]
    corp.store.update(name, key, changes)
    corp.journal.append("update", name, id=key, data=changes)
    return {}


def tag_delete(corp: Corp, call: Call) -> JsonObject:
    """POST del_corp_tag: tags and groups this app made; a group that is left empty goes too."""
    tags = texts_of(call.body.get("tag_id"))
    groups = texts_of(call.body.get("group_id"))
    if not tags and not groups:
        raise ApiError(40063, "missing tag_id or group_id")
    wanted = [("tag", key) for key in tags] + [("tag_group", key) for key in groups]
    touched = {str(_own(corp, call, name, key)["group_id"]) for name, key in wanted} - set(groups)
    for group in groups:
        _delete_group(corp, group)
    for key in tags:
        _delete(corp, "tag", key)
    for group in touched:
        if not corp.store.find("tag", "group_id", group):
            _delete(corp, "tag_group", group)
    return {}


def mark_tag(corp: Corp, call: Call) -> JsonObject:
    """POST mark_tag: adds and removes corp tags on one follower's view of a customer; 45035 when locked."""
    row, follow = relation(corp, call)
    add, remove = (texts_of(call.body.get(name)) for name in ("add_tag", "remove_tag"))
    if not add and not remove:
        raise ApiError(40063, "missing add_tag or remove_tag")
    kinds = {key: tag["type"] for key in (*add, *remove) if (tag := corp.store.get("tag", key))}
    if len(kinds) < len({*add, *remove}):
        raise ApiError(40068)
    if corp.fault("locked", call, record_id=row["external_userid"]):
        raise ApiError(45035)
    kept = [tag for tag in follow["tags"] if tag.get("tag_id") not in {*add, *remove}]
    tags = kept + [{"type": kinds[key], "tag_id": key} for key in add]
    save_follow(corp, row, follow["userid"], {"tags": tags})
    data = {"userid": follow["userid"], "add_tag": add, "remove_tag": remove}
    corp.journal.append("update", "external_contact", id=row["external_userid"], data=data)
    return {}


def tag_rows(corp: Corp, follow: Record) -> list[JsonObject]:
    """Tags as externalcontact/get shows them: names, and an id unless it is personal (type 2)."""
    shown: list[JsonObject] = []
    for tag in follow["tags"]:
        known = corp.store.get("tag", tag.get("tag_id", ""))
        if known:
            group = corp.store.get("tag_group", known["group_id"]) or {"group_name": ""}
            names = {"group_name": group["group_name"], "tag_name": known["name"]}
            shown.append({**names, "tag_id": known["id"], "type": known["type"]})
        elif tag["type"] == 2:
            shown.append({"group_name": tag.get("group_name", ""), "tag_name": tag["tag_name"], "type": 2})
    return shown


def corp_tag_ids(corp: Corp, follow: Record) -> list[str]:
    """Tags as batch/get_by_user shows them: ids of corp and rule-group tags, no personal ones."""
    ids = (tag.get("tag_id") for tag in follow["tags"])
    return [str(key) for key in ids if key and corp.store.get("tag", key)]


def _group(corp: Corp, row: Record, *, only: set[str]) -> JsonObject:
    tags = sorted(corp.store.find("tag", "group_id", row["group_id"]), key=lambda tag: str(tag["id"]))
    shown = [{name: tag[name] for name in ("id", "name", "create_time", "order")} for tag in tags]
    head = {name: row[name] for name in ("group_id", "group_name", "create_time", "order")}
    return {**head, "tag": [tag for tag in shown if not only or tag["id"] in only]}


def _name(given: object) -> str:
    if not isinstance(given, str) or not given:
        raise ApiError(40063, "missing tag name")
    if len(given) > NAME_LENGTH:
        raise exceeds("tag.name", NAME_LENGTH)
    return given


def _group_for(corp: Corp, call: Call) -> Record:
    group_id = call.body.get("group_id")
    if group_id:
        found = corp.store.get("tag_group", group_id)
        if found is None:
            raise ApiError(40068)
        return found
    name = _name(call.body.get("group_name"))
    known = next((row for row in corp.store.all("tag_group") if row["group_name"] == name), None)
    return known or _create(corp, call, "tag_group", {"group_name": name, "order": call.body.get("order", 0)})


def _new_tag(corp: Corp, call: Call, group: Record, row: Record) -> Record:
    fields = {"name": row["name"], "order": row.get("order", 0), "group_id": group["group_id"], "type": 1}
    return _create(corp, call, "tag", fields)


def _create(corp: Corp, call: Call, name: str, fields: dict[str, Any]) -> Record:
    made = corp.store.create(name, {**fields, "create_time": int(call.now), "agent_id": call.app.agent_id})
    corp.journal.append("create", name, id=made[corp.store.kind(name).id_field], data=made)
    return made


def _own(corp: Corp, call: Call, name: str, key: str) -> Record:
    row = corp.store.get(name, key)
    if row is None:
        raise ApiError(40068)
    if row.get("agent_id") != call.app.agent_id:
        raise ApiError(60011)
    return row


def _delete_group(corp: Corp, group: str) -> None:
    for tag in corp.store.find("tag", "group_id", group):
        _delete(corp, "tag", str(tag["id"]))
    _delete(corp, "tag_group", group)


def _delete(corp: Corp, name: str, key: str) -> None:
    if corp.store.get(name, key):
        corp.store.delete(name, key)
        corp.journal.append("delete", name, id=key, data={})
