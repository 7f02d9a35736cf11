"""The visible range of the app and who a message reaches (wecom.md sections 4.1 and 5). Pure over given records."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.wecom.errors import ApiError
from sandbox.wecom.settings import Settings, comma_list

Record = dict[str, Any]
EVERYONE = "@all"


@dataclass(frozen=True)
class Scope:
    """Departments and members an app sees; members by lower-cased userid, userids are case-insensitive."""

    departments: dict[int, Record]
    members: dict[str, Record]

    def below(self, department: int) -> set[int]:
        """A department and everything under it."""
        found, todo = {department}, [department]
        while todo:
            parent = todo.pop()
            children = [key for key, row in self.departments.items() if row["parentid"] == parent and key not in found]
            found.update(children)
            todo.extend(children)
        return found

    def members_below(self, department: int) -> list[str]:
        """Lower-cased ids of the members in a department or under it."""
        wanted = self.below(department)
        return [key for key, row in self.members.items() if wanted & set(row["department"])]


def make_scope(departments: Iterable[Record], members: Iterable[Record], settings: Settings | None) -> Scope:
    """What is visible under `settings`; with None everything is (contact sync)."""
    every = {int(row["id"]): row for row in departments}
    people = {str(row["userid"]).lower(): row for row in members}
    if settings is None:
        return Scope(every, people)
    whole = Scope(every, people)
    roots = [int(part) for part in comma_list(settings.visible_departments) if part.isdigit()]
    seen: set[int] = set().union(*(whole.below(root) for root in roots)) & set(every)
    named = {part.lower() for part in comma_list(settings.visible_users)}
    visible = {key: row for key, row in people.items() if key in named or seen & set(row["department"])}
    return Scope({key: every[key] for key in every if key in seen}, visible)


@dataclass
class Recipients:
    """Who a message is for: `reached` in order, and what was not valid, as the vendor reports it."""

    reached: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    invalid_users: list[str] = field(default_factory=list)
    invalid_parties: list[str] = field(default_factory=list)
    invalid_tags: list[str] = field(default_factory=list)
    unlicensed: list[str] = field(default_factory=list)

    def body(self) -> dict[str, object]:
        """The pipe-joined lists; only those with something in them."""
        lists = {
            "invaliduser": self.invalid_users,
            "invalidparty": self.invalid_parties,
            "invalidtag": self.invalid_tags,
            "unlicenseduser": self.unlicensed,
        }
        return {name: "|".join(rows) for name, rows in lists.items() if rows}


def _pipe_list(body: Mapping[str, object], name: str) -> list[str]:
    value = body.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return [part.strip() for part in value.split("|") if part.strip()] if isinstance(value, str) else []


def resolve(body: Mapping[str, object], scope: Scope, tags: Mapping[str, Record], settings: Settings) -> Recipients:
    """Recipients of a message body; ApiError 82001, 40032, 82002, 82003 or 81013 with the lists."""
    users, parties, labels = (_pipe_list(body, name) for name in ("touser", "toparty", "totag"))
    _check_sizes(users, parties, labels, settings.empty_recipients_code)
    found = Recipients()
    if EVERYONE in users:
        users, parties, labels = list(scope.members), [], []
    for user in users:
        _add_user(found, user.lower(), scope, settings)
    for party in parties:
        _add_party(found, party, scope, settings)
    for label in labels:
        _add_tag(found, tags.get(label), scope, settings=settings, label=label)
    if not (found.reached or found.silent or found.unlicensed) and _none_valid(found, parties, labels):
        raise ApiError(81013, None, **found.body())
    return found


def _check_sizes(users: list[str], parties: list[str], labels: list[str], empty_code: int) -> None:
    if not (users or parties or labels):
        raise ApiError(empty_code)
    if len(users) > 1000:
        raise ApiError(40032)
    if len(parties) > 100:
        raise ApiError(82002)
    if len(labels) > 100:
        raise ApiError(82003)


def _none_valid(found: Recipients, parties: list[str], labels: list[str]) -> bool:
    """A department or tag that exists but holds nobody is still a valid recipient."""
    return len(found.invalid_parties) == len(parties) and len(found.invalid_tags) == len(labels)


def _add_user(found: Recipients, user: str, scope: Scope, settings: Settings) -> None:
    row = scope.members.get(user)
    if row is None or (row["status"] != 1 and settings.inactive_members == "invaliduser"):
        _once(found.invalid_users, user)
    elif row["status"] != 1:
        _once(found.silent, user)
    elif not row["licensed"]:
        _once(found.unlicensed, user)
    else:
        _once(found.reached, user)


def _add_party(found: Recipients, party: str, scope: Scope, settings: Settings) -> None:
    if not party.isdigit() or int(party) not in scope.departments:
        _once(found.invalid_parties, party)
        return
    _add_many(found, scope.members_below(int(party)), scope, settings)


def _add_tag(found: Recipients, row: Record | None, scope: Scope, *, settings: Settings, label: str) -> None:
    if row is None:
        _once(found.invalid_tags, label)
        return
    users = [str(user).lower() for user in row.get("userlist", [])]
    for party in row.get("partylist", []):
        users += scope.members_below(int(party))
    _add_many(found, users, scope, settings)


def _add_many(found: Recipients, users: Iterable[str], scope: Scope, settings: Settings) -> None:
    """Members reached through a group: those who cannot be reached are left out without a word."""
    for user in users:
        row = scope.members.get(user)
        if row is not None and row["status"] == 1 and row["licensed"]:
            _add_user(found, user, scope, settings)


def _once(rows: list[str], value: str) -> None:
    if value not in rows:
        rows.append(value)
