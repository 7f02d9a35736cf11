"""The kinds of record a test or a user of 企业微信 edits through the control interface, and what completes them."""

import secrets
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from sandbox.core import ControlError, ObjectKind
from sandbox.wecom.corp import Corp
from sandbox.wecom.settings import SettingError, Settings

Data = dict[str, Any]
Prepare = Callable[[Data, Data | None], Data]

MEMBER_DEFAULTS: Data = {
    "name": "",
    "department": [1],
    "position": "",
    "mobile": "",
    "gender": "0",
    "email": "",
    "biz_mail": "",
    "avatar": "",
    "thumb_avatar": "",
    "telephone": "",
    "alias": "",
    "address": "",
    "status": 1,
    "direct_leader": [],
    "extattr": {"attrs": []},
    "licensed": True,  # sandbox flag: has the base-interface licence
    "customer_contact": True,  # sandbox flag: may have external contacts
}
FOLLOW_DEFAULTS: Data = {
    "remark": "",
    "description": "",
    "tags": [],
    "remark_mobiles": [],
    "add_way": 0,
    "state": "",
}
CONTACT_DEFAULTS: Data = {"name": "", "avatar": "", "type": 1, "gender": 0, "follow_user": []}


def define_objects(corp: Corp) -> None:
    """Make room in the store for every kind of record."""
    for kind in _kinds(corp):
        corp.store.define(kind)


def seed(corp: Corp) -> None:
    """What exists in every corp: the root department, one group robot, the settings."""
    corp.store.create("department", _department(corp)({"id": 1, "name": "沙箱公司", "parentid": 0}, None))
    corp.store.create("robot", _robot({"key": corp.settings.robot_key, "name": "沙箱群机器人"}, None))
    for setting in fields(Settings):
        corp.store.create("setting", {"name": setting.name, "value": getattr(corp.settings, setting.name)})


def _kinds(corp: Corp) -> list[ObjectKind]:
    return [
        ObjectKind(name="department", prepare=_department(corp)),
        ObjectKind(name="member", id_field="userid", indexed=("mobile", "email"), prepare=_member(corp)),
        ObjectKind(
            name="member_tag", id_field="tagid", prepare=_plain({"tagname": "", "userlist": [], "partylist": []})
        ),
        ObjectKind(
            name="external_contact",
            id_field="external_userid",
            new_id=lambda number: f"wmSandboxAAA{number:020d}",
            prepare=_external_contact(corp),
        ),
        ObjectKind(name="tag_group", id_field="group_id", new_id=_id("et_group"), prepare=_stamped(corp, "group_name")),
        ObjectKind(name="tag", new_id=_id("et_tag"), indexed=("group_id",), prepare=_tag(corp)),
        ObjectKind(name="robot", id_field="key", prepare=_robot),
        ObjectKind(name="approval_template", id_field="template_id", new_id=_id("Sandbox_template")),
        ObjectKind(name="approval", id_field="sp_no", prepare=_approval(corp)),
        ObjectKind(name="oauth_code", id_field="code", prepare=_oauth_code(corp)),
        ObjectKind(name="messages", indexed=("user", "msgid")),
        ObjectKind(name="setting", id_field="name", prepare=_setting),
    ]


def _id(prefix: str) -> Callable[[int], str]:
    return lambda number: f"{prefix}_{number:06d}"


def _plain(defaults: Data) -> Prepare:
    return lambda data, stored: data if stored else {**defaults, **data}


def _stamped(corp: Corp, name: str) -> Prepare:
    return lambda data, stored: data if stored else {"create_time": int(corp.now), "order": 0, name: "", **data}


def _department(corp: Corp) -> Prepare:
    def prepare(data: Data, stored: Data | None) -> Data:
        row = data if stored else {"parentid": 1, "name_en": "", "department_leader": [], "order": 0, **data}
        if not stored and not row.get("name"):
            raise ControlError("department needs a name")
        parent = row.get("parentid", 0)
        if parent and corp.store.get("department", parent) is None:
            raise ControlError(f"department.parentid {parent!r} does not exist; the root department is 1")
        return row

    return prepare


def _member(corp: Corp) -> Prepare:
    def prepare(data: Data, stored: Data | None) -> Data:
        if "department" in data:
            _check_departments(corp, data["department"])
        if stored:
            return data
        userid = data.get("userid")
        if not isinstance(userid, str) or not userid:
            raise ControlError("member needs a userid (text)")
        if userid.lower() in corp.member_names:
            raise ControlError(f"member {userid!r} exists already; userids are case-insensitive", 409)
        return _new_member(data)

    return prepare


def _new_member(data: Data) -> Data:
    row = {**MEMBER_DEFAULTS, **data}
    count = len(row["department"])
    main = row["department"][0] if count else 1
    return {"order": [0] * count, "is_leader_in_dept": [0] * count, "main_department": main, **row}


def _check_departments(corp: Corp, wanted: object) -> None:
    if not isinstance(wanted, list) or any(corp.store.get("department", one) is None for one in wanted):
        raise ControlError(f"member.department {wanted!r} must be a list of existing department ids")


def _external_contact(corp: Corp) -> Prepare:
    def prepare(data: Data, stored: Data | None) -> Data:
        row = dict(data) if stored else {**CONTACT_DEFAULTS, **data}
        if row.get("type", 1) not in (1, 2):
            raise ControlError(f"external_contact.type {row['type']!r} must be 1 (WeChat) or 2 (WeCom)")
        if "follow_user" in row:
            row["follow_user"] = [_follow(corp, follow) for follow in row["follow_user"]]
        return row

    return prepare


def _follow(corp: Corp, given: Data) -> Data:
    if not isinstance(given, dict) or not given.get("userid"):
        raise ControlError(f"external_contact.follow_user entry {given!r} needs a userid")
    row = {**FOLLOW_DEFAULTS, "createtime": int(corp.now), "oper_userid": given["userid"], **given}
    row["tags"] = [_follow_tag(tag) for tag in row["tags"]]
    return row


def _follow_tag(tag: object) -> Data:
    """A tag of a customer: its id, or {"type": 2, "tag_name", "group_name"} for a personal one."""
    if isinstance(tag, str):
        return {"type": 1, "tag_id": tag}
    if isinstance(tag, dict) and (tag.get("tag_id") or tag.get("tag_name")):
        return {"type": 1 if tag.get("tag_id") else 2, **tag}
    raise ControlError(f"follow_user.tags entry {tag!r} must be a tag id or an object with tag_id or tag_name")


def _tag(corp: Corp) -> Prepare:
    def prepare(data: Data, stored: Data | None) -> Data:
        if not stored and corp.store.get("tag_group", data.get("group_id", "")) is None:
            raise ControlError(f"tag.group_id {data.get('group_id')!r} does not exist; create the tag_group first")
        return _stamped(corp, "name")({**({} if stored else {"type": 1}), **data}, stored)

    return prepare


def _robot(data: Data, stored: Data | None) -> Data:
    if not stored and not data.get("key"):
        raise ControlError("robot needs a key (text)")
    return data if stored else {"name": "", "enabled": True, "in_group": True, **data}


def _approval(corp: Corp) -> Prepare:
    def prepare(data: Data, stored: Data | None) -> Data:
        from sandbox.wecom.approvals import complete_approval, decide

        return decide(stored, data, int(corp.now)) if stored else complete_approval(corp, data)

    return prepare


def _oauth_code(corp: Corp) -> Prepare:
    def prepare(data: Data, stored: Data | None) -> Data:
        if not stored and not (data.get("userid") or data.get("openid")):
            raise ControlError("oauth_code needs a userid (member) or an openid (anyone else)")
        return data if stored else {"code": secrets.token_urlsafe(32), "created": corp.now, **data}

    return prepare


def _setting(data: Data, stored: Data | None) -> Data:
    if stored is None:
        raise ControlError('settings are fixed; change one with PUT /_sandbox/records/setting/NAME {"value": ...}')
    try:
        Settings().change(stored["name"], data.get("value"))
    except SettingError as error:
        raise ControlError(str(error)) from error
    return {"value": data["value"]}
