"""Members and external contacts as Remote rows. The vendor knows no "changed since": every pull is a full one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.wecom.client import BATCH, WecomCalls
from connectors.wecom.errors import NOBODY_LICENSED
from hub.connector.contract import Native, Page, Remote
from hub.errors import BadInput, RecordGone, RecordRejected, Unreachable

TIMES_PER_CURSOR = 3
CORP_TAG_TYPES = (1, 3)
DONE: Mapping[str, Any] = {"full": True}
"""No checkpoint can say more than that everything was read."""


class WecomReader:
    def __init__(self, calls: WecomCalls) -> None:
        self._calls = calls

    def pull(self, entity: str) -> Iterator[Page]:
        try:
            rows = self._employees() if entity == "employee" else self._contacts() if entity == "contact" else None
        except (RecordGone, RecordRejected) as error:
            raise Unreachable(
                f"读取时名单发生变化，稍后重新读取（{error.text.zh}）",
                f"The list changed while it was read; it will be read again ({error.text.en})",
                vendor=error.vendor,
            ) from error
        if rows is None:
            raise BadInput(f"企业微信没有 {entity}", f"WeCom has no {entity}", field="entity", value=entity)
        for start in range(0, len(rows), BATCH):
            yield Page(rows[start : start + BATCH])
        yield Page((), DONE, more=False)

    def read(self, entity: str, ids: Sequence[str]) -> dict[str, Remote]:
        reader = {"employee": self._employee, "contact": self.contact}.get(entity)
        if reader is None:
            raise BadInput(f"企业微信没有 {entity}", f"WeCom has no {entity}", field="entity", value=entity)
        found = ((one, _or_none(lambda one=one: reader(one))) for one in ids)
        return {one: row for one, row in found if row is not None}

    def contact(self, contact_id: str) -> Remote:
        """One contact with all its followers. Raises RecordGone."""
        answer = self._calls.contact(contact_id, "")
        follows = list(answer["follow_user"])
        while answer.get("next_cursor"):
            answer = self._calls.contact(contact_id, str(answer["next_cursor"]))
            follows += answer["follow_user"]
        return _contact(answer["external_contact"], [_with_tag_ids(follow) for follow in follows])

    def _employee(self, user_id: str) -> Remote:
        row = self._calls.member(user_id)
        return Remote(str(row["userid"]), row)

    def _employees(self) -> list[Remote]:
        """Members of every visible department; one who is in several appears once."""
        rows = {row["userid"]: row for one in self._calls.departments() for row in self._calls.members(one)}
        return [Remote(str(user_id), row) for user_id, row in sorted(rows.items())]

    def _contacts(self) -> list[Remote]:
        """The list has one row per follower: rows of one contact are brought together before any is given out."""
        profiles: dict[str, Native] = {}
        follows: dict[str, dict[str, Native]] = {}
        for row in self._follow_rows():
            contact_id = str(row["external_contact"]["external_userid"])
            profiles[contact_id] = row["external_contact"]
            follows.setdefault(contact_id, {})[str(row["follow_info"]["userid"])] = row["follow_info"]
        return [_contact(profiles[one], list(follows[one].values())) for one in sorted(profiles)]

    def _follow_rows(self) -> Iterator[Native]:
        followers = self._calls.followers()
        for start in range(0, len(followers), BATCH):
            yield from self._pages_of(followers[start : start + BATCH])

    def _pages_of(self, members: Sequence[str]) -> Iterator[Native]:
        asked: Counter[str] = Counter()
        cursor = ""
        while asked[cursor] < TIMES_PER_CURSOR:
            asked[cursor] += 1
            try:
                rows, cursor = self._calls.contacts_of(members, cursor)
            except RecordGone as error:
                if error.vendor.code == str(NOBODY_LICENSED):
                    return
                raise
            yield from rows
            if not cursor:
                return
        raise Unreachable(
            "企业微信的分页游标不前进，稍后重新读取", "WeCom's cursor does not move; it will be read again"
        )


def _contact(profile: Native, follows: list[Native]) -> Remote:
    """Followers in the order in which they added the contact: the first one is its owner."""
    ordered = sorted(follows, key=lambda one: (int(one.get("createtime") or 0), str(one.get("userid"))))
    return Remote(str(profile["external_userid"]), {"external_contact": profile, "follow_user": ordered})


def _with_tag_ids(follow: Native) -> Native:
    """The single read lists tags, the batch read only ids of shared ones: both as the batch has it, or all look
    changed."""
    tags = [
        tag["tag_id"] for tag in follow.get("tags") or () if tag.get("type") in CORP_TAG_TYPES and tag.get("tag_id")
    ]
    return {**{name: value for name, value in follow.items() if name != "tags"}, "tag_id": tags}


def _or_none(read: Any) -> Remote | None:
    try:
        row: Remote = read()
    except RecordGone:
        return None
    return row
