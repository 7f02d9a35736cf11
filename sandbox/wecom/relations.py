"""Who follows which external contact: looked up from a request, and changed for one follower only."""

from typing import Any

from sandbox.wecom.contacts import find_member
from sandbox.wecom.corp import Call, Corp, follow_of
from sandbox.wecom.errors import ApiError
from sandbox.wecom.scope import Record


def follower(corp: Corp, call: Call, userid: str) -> Record:
    """A member who may have customers; ApiError 40003 unknown, 60011 out of scope, 84074 without the function."""
    member = find_member(corp, call, userid, unknown=40003)
    if not member["customer_contact"]:
        raise ApiError(84074)
    return member


def relation(corp: Corp, call: Call) -> tuple[Record, Record]:
    """The external contact and the follow record named by userid and external_userid of the body."""
    member = follower(corp, call, call.text("userid", 40003))
    row = corp.store.get("external_contact", call.text("external_userid", 41035))
    if row is None:
        raise ApiError(40096)
    return row, follow_of(row, member["userid"])


def save_follow(corp: Corp, row: Record, userid: str, changes: dict[str, Any]) -> tuple[Record, Record]:
    """Store changed fields of one follow record; the other followers keep theirs."""
    follows = [{**one, **changes} if one["userid"].lower() == userid.lower() else one for one in row["follow_user"]]
    saved = corp.store.update("external_contact", row["external_userid"], {"follow_user": follows})
    return saved, follow_of(saved, userid)
