"""Members and external contacts as Remote rows. The vendor knows no "changed since": every pull is a full one."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.wecom.client import BATCH, WecomCalls
from connectors.wecom.errors import NOBODY_LICENSED
from connectors.wecom.tags import TagNames
from hub.connector.contract import Native, Page, Remote
from hub.connector.paging import by_cursor
from hub.errors import BadInput, RecordGone, RecordRejected, Unreachable, ValidationFailed

TAGS_LIFE_S = 600
CORP_TAG_TYPES = (1, 3)
TAGS = "tag_names"
NOTED = ("userid", "remark", "description", "remark_corp_name", "remark_mobiles")
DONE: Mapping[str, Any] = {"full": True}
"""No checkpoint can say more than that everything was read."""


class WecomReader:
    def __init__(self, calls: WecomCalls) -> None:
        self._calls = calls
        self._tags = TagNames()
        self._tags_read = 0.0
        self._unlisted: set[str] = set()

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
        return self._contact(answer["external_contact"], [_with_tag_ids(follow) for follow in follows])

    def tags_of(self, text: str, present: set[str]) -> set[str]:
        """Ids of the tags that a text names. Raises ValidationFailed for one that is not there, even now."""
        try:
            return self._names_of(present).read(text, present)
        except ValidationFailed:
            self._tags_read = 0.0
            return self._names_of(present).read(text, present)

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
        return [self._contact(profiles[one], list(follows[one].values())) for one in sorted(profiles)]

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

    def _contact(self, profile: Native, follows: list[Native]) -> Remote:
        """Followers in the order in which they added the contact: the first one is its owner. Each with the names of his tags."""
        named = [{**one, TAGS: self._shown(one.get("tag_id") or ())} for one in follows]
        ordered = sorted(named, key=lambda one: (int(one.get("createtime") or 0), str(one.get("userid"))))
        data = {"external_contact": profile, "follow_user": ordered}
        return Remote(str(profile["external_userid"]), data, version=_version(ordered))

    def _as_customer(self, contact: Remote) -> Remote:
        """The contact with what only customers show: the names of all tags and every mobile that a follower noted."""
        follows = contact.data["follow_user"]
        mobiles = [mobile for follow in follows for mobile in follow.get("remark_mobiles") or ()]
        tags = [tag for follow in follows for tag in follow.get("tag_id") or ()]
        shown = {TAGS: self._shown(tags), "mobiles": list(dict.fromkeys(mobiles))}
        return replace(contact, data={**contact.data, **shown})

    def _shown(self, tags: Sequence[str]) -> str:
        return self._names_of(set(tags)).shown(tags) if tags else ""

    def _names_of(self, tags: set[str]) -> TagNames:
        """Read again now and then, as tags are renamed, and at once for one that is new; those of rule groups are never listed."""
        now = self._calls.link.now().timestamp()
        if now - self._tags_read > TAGS_LIFE_S or not self._tags.knows(tags - self._unlisted):
            fresh = now - self._tags_read <= TAGS_LIFE_S
            self._tags, self._tags_read = TagNames(self._calls.tag_groups()), now
            self._unlisted = {
                one for one in (self._unlisted if fresh else set()) | tags if not self._tags.knows((one,))
            }
        return self._tags


def _version(follows: Sequence[Native]) -> str:
    """What a write is decided on: all that followers noted. The vendor has no version of its own."""
    seen = [[one.get(name) or "" for name in NOTED] + [sorted(one.get("tag_id") or ())] for one in follows]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()[:16]


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
