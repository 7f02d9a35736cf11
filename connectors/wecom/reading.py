"""Members and external contacts as Remote rows. The vendor knows no "changed since": every pull is a full one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.wecom.client import BATCH, WecomCalls
from connectors.wecom.errors import NOBODY_LICENSED
from hub.connector.contract import Native, Page, Remote
from hub.connector.paging import by_cursor
from hub.errors import BadInput, RecordGone, RecordRejected, Unreachable

TAGS_LIFE_S = 600
CORP_TAG_TYPES = (1, 3)
DONE: Mapping[str, Any] = {"full": True}
"""No checkpoint can say more than that everything was read."""


class WecomReader:
    def __init__(self, calls: WecomCalls) -> None:
        self._calls = calls
        self._tags: dict[str, str] = {}
        self._tags_read = 0.0

    def pull(self, entity: str) -> Iterator[Page]:
        lister = self._list(entity)
        try:
            rows = lister()
        except (RecordGone, RecordRejected) as error:
            raise Unreachable(
                f"读取时名单发生变化，稍后重新读取（{error.text.zh}）",
                f"The list changed while it was read; it will be read again ({error.text.en})",
                vendor=error.vendor,
            ) from error
        for start in range(0, len(rows), BATCH):
            yield Page(rows[start : start + BATCH])
        yield Page((), DONE, more=False)

    def _list(self, entity: str) -> Callable[[], list[Remote]]:
        """External contacts are listed as what the settings say. As the other kind there are none; reading those by id still works,
        so that what was linked before the setting was changed is not taken for deleted."""
        if entity == "employee":
            return self._employees
        if entity not in ("contact", "customer"):
            raise BadInput(f"企业微信没有 {entity}", f"WeCom has no {entity}", field="entity", value=entity)
        config = self._calls.config
        if entity != config.external_contacts_as:
            return list
        return self._contacts if entity == "contact" else self._customers

    def read(self, entity: str, ids: Sequence[str]) -> dict[str, Remote]:
        reader = {"employee": self._employee, "contact": self.contact, "customer": self._customer}.get(entity)
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

    def _customer(self, contact_id: str) -> Remote:
        return self._as_customer(self.contact(contact_id))

    def _customers(self) -> list[Remote]:
        return [self._as_customer(one) for one in self._contacts()]

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
        try:
            for rows in by_cursor(lambda cursor: self._calls.contacts_of(members, cursor)):
                yield from rows
        except RecordGone as error:
            if error.vendor.code != str(NOBODY_LICENSED):
                raise

    def _as_customer(self, contact: Remote) -> Remote:
        """The contact with what only customers show: names of shared tags and every mobile that a follower noted."""
        follows = contact.data["follow_user"]
        tags = [tag for follow in follows for tag in follow.get("tag_id") or ()]
        mobiles = [mobile for follow in follows for mobile in follow.get("remark_mobiles") or ()]
        names = self._names_of(set(tags)) if tags else {}
        shown = {
            "tag_names": "、".join(sorted({names.get(tag, tag) for tag in tags})),
            "mobiles": list(dict.fromkeys(mobiles)),
        }
        return replace(contact, data={**contact.data, **shown})

    def _names_of(self, tags: set[str]) -> dict[str, str]:
        """Read again now and then, as tags are renamed, and at once for one that is new."""
        now = self._calls.link.now().timestamp()
        if now - self._tags_read > TAGS_LIFE_S or tags - set(self._tags):
            self._tags, self._tags_read = self._calls.tag_names(), now
        return self._tags


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
