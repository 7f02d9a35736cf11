"""What a follower notes about an external contact, written back: remarks and shared tags, for the follower whose they are."""

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.wecom.client import WecomCalls
from connectors.wecom.reading import TAGS, WecomReader
from hub.connector.contract import Native, Write, Written
from hub.errors import HubError, RecordLocked, ValidationFailed

REMARK_NAMES = {
    "remark": "remark",
    "description": "description",
    "remark_corp_name": "remark_company",
    "remark_mobiles": "remark_mobiles",
}
"""Read name -> write name."""
REMARK_LIMITS = {"remark": 20, "description": 150, "remark_company": 20}


class Notes:
    def __init__(self, calls: WecomCalls, reader: WecomReader) -> None:
        self._calls = calls
        self._reader = reader

    def write(self, write: Write) -> Written:
        """Reads the contact, checks everything, then writes. Raises RecordLocked when a follower changed his notes since the version
        that was decided on: neither call of the vendor is conditional, so the look just before is what keeps a person's edit."""
        noted = list(_noted(write.data))
        found = self._reader.contact(write.id)
        if write.version and write.version != found.version:
            raise RecordLocked("跟进人刚改过备注或标签", "A follower has just changed notes or tags", after=1)
        follows: Sequence[Native] = found.data["follow_user"]
        for body, tags in [self._bodies(write.id, one, _follower(follows, place, one)) for place, one in noted]:
            if len(body) > 2:
                self._calls.remark(body)
            if len(tags) > 2:
                self._calls.mark_tag(tags)
        return Written(write.id)

    def _bodies(self, contact: str, noted: Native, follow: Native) -> tuple[Native, Native]:
        """The body of a remark and of a change of tags; with nothing but whose they are where there is nothing to do."""
        whose = {"userid": follow["userid"], "external_userid": contact}
        if TAGS not in noted:
            return {**whose, **_remark(noted)}, whose
        present = {str(one) for one in follow.get("tag_id") or ()}
        wanted = self._reader.tags_of(str(noted[TAGS] or ""), present)
        changes = {"add_tag": sorted(wanted - present), "remove_tag": sorted(present - wanted)}
        return {**whose, **_remark(noted)}, {**whose, **{name: ids for name, ids in changes.items() if ids}}


def _noted(data: Native) -> Iterator[tuple[int, Native]]:
    """Place and notes of each follower that is written to. Raises ValidationFailed for what cannot be written."""
    rows = data.get("follow_user")
    rows = [rows] if isinstance(rows, dict) else rows if isinstance(rows, list) else []
    found = [(place, row) for place, row in enumerate(rows) if isinstance(row, dict) and set(row) - {"userid"}]
    names = [name for _place, row in found for name in row]
    unknown = [*(set(data) - {"follow_user"}), *(set(names) - {*REMARK_NAMES, TAGS, "userid"})]
    if unknown or not found:
        raise _not_writable(unknown[0] if unknown else "follow_user")
    yield from found


def _follower(follows: Sequence[Native], place: int, noted: Native) -> Native:
    """Named by the data (`follow_user[userid=X]` in a mapping), else the one at that place: the first added the contact first."""
    named = str(noted.get("userid") or "")
    for at, follow in enumerate(follows):
        if str(follow["userid"]).lower() == named.lower() if named else at == place:
            return follow
    who = named or f"{place + 1}"
    raise ValidationFailed(
        f"成员 {who} 没有跟进这个外部联系人",
        f"Member {who} does not follow this contact",
        field="follow_user",
        value=who,
    )


def _remark(noted: Native) -> dict[str, Any]:
    changes = {REMARK_NAMES[name]: value for name, value in noted.items() if name in REMARK_NAMES}
    for name, limit in REMARK_LIMITS.items():
        if len(str(changes.get(name) or "")) > limit:
            raise _too_long(name, limit, str(changes[name]))
    if "remark_mobiles" in changes:
        # The list replaces the old one; an empty list would be taken for "not given".
        changes["remark_mobiles"] = list(changes["remark_mobiles"] or [""])
    return {name: "" if value is None else value for name, value in changes.items()}


def _not_writable(name: str) -> HubError:
    known = "、".join((*REMARK_NAMES, TAGS))
    return ValidationFailed(
        f"企业微信外部联系人只能写入 {known}，不能写入 {name}",
        f"Of an external contact only {known} can be written, not {name}",
        field=name,
    ).put_right_by(
        "hub_admin",
        f"在映射 wecom 里把 {name} 这一行改为 direction: pull",
        f"make the line {name} of the mapping wecom pull only",
    )


def _too_long(name: str, limit: int, value: str) -> HubError:
    return ValidationFailed(
        f"{name} 最多 {limit} 个字：{value}",
        f"{name} takes at most {limit} characters: {value}",
        field=name,
        value=value,
    ).put_right_by(
        "author",
        f"把它缩短到 {limit} 个字以内，或由管理员在映射 wecom 里给这一行加上 long: cut",
        f"shorten it to {limit} characters, or have `long: cut` put into the mapping's line",
    )
