"""OA approvals: templates, submitting a form, and what a person's decision does to it (wecom.md section 7)."""

from collections.abc import Mapping
from datetime import timedelta, timezone
from typing import Any

from sandbox.wecom.contacts import find_member
from sandbox.wecom.controls import check_contents
from sandbox.wecom.corp import Call, Corp, part_of, rows_of, texts_of
from sandbox.wecom.errors import ApiError, JsonObject
from sandbox.wecom.scope import Record

BEIJING = timezone(timedelta(hours=8))
ENDED = (2, 3)


def template_detail(corp: Corp, call: Call) -> JsonObject:
    """POST oa/gettemplatedetail: names and controls; 301025 without an id, 301026 unknown."""
    row = _template(corp, call)
    return {"template_names": row.get("template_names", []), "template_content": row.get("template_content", {})}


def apply_event(corp: Corp, call: Call) -> JsonObject:
    """POST oa/applyevent: answers sp_no. Takes the present body (process) and the older one (approver, notifyer).

    Errors: 301025 for any bad argument, 301026 unknown template, 301055 creator out of scope.
    """
    template = _template(corp, call)
    creator = _creator(corp, call)
    contents = check_contents(template, part_of(call.body.get("apply_data")).get("contents"))
    _check_summary(call.body.get("summary_list"))
    nodes = _nodes(corp, call)
    given = {
        "template_id": template["template_id"],
        "applyer": {"userid": creator["userid"], "partyid": str(_department(call, creator))},
        "apply_data": {"contents": contents},
        "summary_list": call.body["summary_list"],
        "process_list": {"node_list": nodes},
    }
    row = corp.store.create("approval", complete_approval(corp, given))
    corp.journal.append("create", "approval", id=row["sp_no"], data=row)
    return {"sp_no": row["sp_no"]}


def complete_approval(corp: Corp, given: Mapping[str, Any]) -> Record:
    """A whole form from its given parts: number, name, status 1, records in both notations."""
    now = corp.clock.now()
    nodes = (given.get("process_list") or {}).get("node_list", [])
    template = corp.store.get("approval_template", given.get("template_id", "")) or {}
    names = template.get("template_names") or [{"text": ""}]
    number = f"{now.astimezone(BEIJING):%Y%m%d}{corp.number('approval'):04d}"
    base = {
        "sp_no": number,
        "sp_name": names[0]["text"],
        "sp_status": 1,
        "template_id": "",
        "apply_time": int(now.timestamp()),
        "applyer": {"userid": "", "partyid": "1"},
        "apply_data": {"contents": []},
        "comments": [],
        "sp_record": [_record(node) for node in nodes if node["node_type"] in (1, 3)],
        "notifyer": [
            {"userid": sub["userid"]} for node in nodes if node["node_type"] == 2 for sub in node["sub_node_list"]
        ],
        "process_list": {"node_list": nodes},
    }
    return {**base, **given}


def decide(stored: Record, given: dict[str, Any], now: int) -> dict[str, Any]:
    """Fields to store when a user edits a form; a new sp_status 2 or 3 also closes its pending nodes."""
    status = given.get("sp_status")
    if status not in ENDED or "process_list" in given:
        return given
    nodes = [_decided(node, status, now) for node in stored["process_list"]["node_list"]]
    records = [_record(node) for node in nodes if node["node_type"] in (1, 3)]
    return {"process_list": {"node_list": nodes}, "sp_record": records, **given}


def _decided(node: Record, status: int, now: int) -> Record:
    if node["sp_status"] != 1:
        return node
    subs = [{**sub, "sp_yj": status, "sptime": now} if sub["sp_yj"] == 1 else sub for sub in node["sub_node_list"]]
    return {**node, "sp_status": status, "sub_node_list": subs}


def _template(corp: Corp, call: Call) -> Record:
    row = corp.store.get("approval_template", call.text("template_id", 301025))
    if row is None:
        raise ApiError(301026)
    return row


def _creator(corp: Corp, call: Call) -> Record:
    userid = call.text("creator_userid", 301025)
    if userid.lower() not in corp.scope(call.app).members:
        raise ApiError(301055)
    return find_member(corp, call, userid)


def _department(call: Call, creator: Record) -> int:
    chosen = call.body.get("choose_department")
    return chosen if isinstance(chosen, int) else int(creator["main_department"])


def _check_summary(given: object) -> None:
    rows = list(rows_of(given))
    if not 1 <= len(rows) <= 3:
        raise ApiError(301025, "summary_list must have 1 to 3 entries")
    for info in (one for row in rows for one in rows_of(row.get("summary_info"))):
        if len(str(info.get("text", ""))) > 20:
            raise ApiError(301025, "summary_info.text must have at most 20 characters")


def _nodes(corp: Corp, call: Call) -> list[Record]:
    """The flow: the template's own (one node of its approvers), the given process, or the older notation."""
    if call.body.get("use_template_approver") == 1:
        template = _template(corp, call)
        return [_node(1, 2, [str(one) for one in template.get("approvers", [])])]
    nodes = _process_nodes(call.body.get("process")) or _legacy_nodes(call.body)
    if not any(node["node_type"] == 1 for node in nodes):
        raise ApiError(301025, "process without approver")
    for sub in (sub for node in nodes for sub in node["sub_node_list"]):
        if sub["userid"].lower() not in corp.member_names:
            raise ApiError(301025, "process names an unknown member")
    return nodes


def _process_nodes(process: object) -> list[Record]:
    rows = rows_of(part_of(process).get("node_list"))
    nodes = []
    for row in rows:
        kind, users = row.get("type"), texts_of(row.get("userid"))
        if kind not in (1, 2, 3) or not users:
            raise ApiError(301025, "process.node_list needs type 1 to 3 and userid")
        if kind != 2 and row.get("apv_rel") not in (1, 2, 3):
            raise ApiError(301025, "process.node_list.apv_rel must be 1, 2 or 3")
        nodes.append(_node(int(kind), int(row.get("apv_rel") or 1) if kind != 2 else 1, users))
    return nodes


def _legacy_nodes(body: Mapping[str, Any]) -> list[Record]:
    """approver[].attr 1 any one, 2 all: the other way round than apv_rel 1 all, 2 any."""
    nodes = [
        _node(1, 1 if row.get("attr") == 2 else 2, texts_of(row.get("userid"))) for row in rows_of(body.get("approver"))
    ]
    notified = texts_of(body.get("notifyer"))
    if notified:
        nodes.append(_node(2, 1, notified))
    return nodes


def _node(kind: int, relation: int, users: list[str]) -> Record:
    subs = [{"userid": user, "speech": "", "sp_yj": 1, "sptime": 0, "media_ids": []} for user in users]
    return {"node_type": kind, "sp_status": 1, "apv_rel": relation, "sub_node_list": subs}


def _record(node: Record) -> Record:
    """The older notation of a node: approverattr 1 any one, 2 all."""
    details = [
        {
            "approver": {"userid": sub["userid"]},
            "speech": sub["speech"],
            "sp_status": sub["sp_yj"],
            "sptime": sub["sptime"],
            "media_id": sub["media_ids"],
        }
        for sub in node["sub_node_list"]
    ]
    return {"sp_status": node["sp_status"], "approverattr": 1 if node["apv_rel"] == 2 else 2, "details": details}
