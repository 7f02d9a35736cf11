"""Who gets an alert: employees and where they can be reached, or why they cannot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, or_, select

from hub.alerts.facts import Subject
from hub.alerts.rule import Channel, Rule, To
from hub.connector.contract import Connector
from hub.connector.manifest import Manifest
from hub.errors import Text
from hub.store.core import binding, connection, record, user
from hub.store.lookup import chunks


@dataclass(frozen=True, slots=True)
class Recipient:
    """`key` tells recipients of one event apart. `member` "" = looked up when it is sent. `problem`: nobody can be told."""

    key: str
    employee_id: int | None = None
    connection_id: int | None = None
    member: str = ""
    channel: str = "app"
    problem: Text | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """A connection that can send messages."""

    id: int
    name: str
    manifest: Manifest
    works: bool = True


@dataclass
class Directory:
    """Everything that is needed to find people, for one batch. `members`: (employee record, connection) -> member id."""

    tx: Connection
    chats: Sequence[Chat]
    employees: dict[int, Any] = field(default_factory=dict)
    members: dict[tuple[int, int], str] = field(default_factory=dict)
    _named: dict[tuple[str, str], int | Text] = field(default_factory=dict)

    def know(self, rows: Iterable[Any]) -> None:
        """Employees (rows of table record) that may be told something."""
        new = {row.id: row for row in rows if row is not None and row.id not in self.employees}
        self.employees |= new
        self.members |= members_of(self.tx, new, [chat.id for chat in self.chats])

    def recipients(self, rule: Rule, subject: Subject) -> list[Recipient]:
        """Each once, in the order of the rule."""
        found = [one for to in rule.to for one in self._all_of(rule, to, subject)]
        return list({one.key: one for one in found}.values())

    def _all_of(self, rule: Rule, to: To, subject: Subject) -> list[Recipient]:
        if to.kind != "admins":
            return [self._recipient(rule, to, subject)]
        admins = [found for name in self._admins() if isinstance(found := self._by_name("user", name), int)]
        told = [self._reach(self.employees[key], rule.channel, working_first=True) for key in admins]
        return told or [Recipient("nobody:admins", problem=_no_admin())]

    def _admins(self) -> list[str]:
        query = select(user.c.name).where(user.c.role == "admin", user.c.active, user.c.employee_id.is_not(None))
        return list(self.tx.scalars(query.order_by(user.c.id)))

    def _recipient(self, rule: Rule, to: To, subject: Subject) -> Recipient:
        if to.kind == "robot":
            return self._robot(rule.channel, to.name, subject)
        employee = self._employee(to, subject)
        if isinstance(employee, Text):
            return Recipient(f"nobody:{to.kind}:{to.name}", problem=employee)
        return self._reach(employee, rule.channel)

    def _employee(self, to: To, subject: Subject) -> Any:
        """A row of table record, or why there is none."""
        if to.kind == "owner":
            return subject.responsible or _no_owner(subject)
        if to.kind == "customer_owner":
            return subject.customer_owner or _no_owner(subject)
        found = self._by_name(to.kind, to.name)
        return found if isinstance(found, Text) else self.employees[found]

    def _by_name(self, kind: str, name: str) -> int | Text:
        if (kind, name) not in self._named:
            self._named[kind, name] = self._user(name) if kind == "user" else self._named_employee(name)
        return self._named[kind, name]

    def _user(self, name: str) -> int | Text:
        query = select(user.c.employee_id).where(user.c.name == name, user.c.active)
        row = self.tx.execute(query).first()
        if row is None or row.employee_id is None:
            return Text(
                f"用户 {name} 不存在、已停用或没有对应员工：请在用户页设置",
                f"user {name} is not there, not active, or tied to no employee: set it on the users page",
            )
        known = self.tx.execute(select(record).where(record.c.id == row.employee_id)).first()
        self.know([known])
        return int(row.employee_id) if known is not None else _no_employee(name)

    def _named_employee(self, name: str) -> int | Text:
        wanted = or_(record.c.number == name, record.c.title == name)
        rows = self.tx.execute(
            select(record).where(record.c.entity == "employee", record.c.state == "live", wanted).limit(3)
        ).all()
        exact = [row for row in rows if row.number == name] or rows
        if len(exact) != 1:
            return _no_employee(name) if not exact else _several(name)
        self.know(exact)
        return int(exact[0].id)

    def _reach(self, employee: Any, channel: Channel, *, working_first: bool = False) -> Recipient:
        key = f"employee:{employee.id}"
        if employee.data.get("status") == "disabled":
            return Recipient(key, employee.id, problem=_left(employee.title))
        chats = self._chats(channel.by, channel.connection)
        if working_first:  # that a chat is down is not told there
            chats = sorted(chats, key=lambda chat: not chat.works)
        if not chats:
            return Recipient(key, employee.id, problem=_no_chat(channel.connection))
        for chat in chats:
            if member := self.members.get((employee.id, chat.id)):
                return Recipient(key, employee.id, chat.id, member, channel.by)
        for chat in chats:
            if any(employee.data.get(kind) for kind in chat.manifest.member_lookup):
                return Recipient(key, employee.id, chat.id, channel=channel.by)
        return Recipient(key, employee.id, chats[0].id, problem=unreachable(employee.title, chats[0].name))

    def _robot(self, channel: Channel, name: str, subject: Subject) -> Recipient:
        wanted = name or channel.connection
        chats = self._chats("robot", wanted)
        if len(chats) != 1:
            return Recipient(f"robot:{wanted}", channel="robot", problem=_no_chat(wanted, several=bool(chats)))
        chat = chats[0]
        owner = subject.responsible
        mentioned = self.members.get((owner.id, chat.id), "") if channel.mention and owner is not None else ""
        return Recipient(f"robot:{chat.id}", None, chat.id, mentioned, "robot")

    def _chats(self, channel: str, name: str) -> list[Chat]:
        return [chat for chat in self.chats if channel in chat.manifest.messages and name in ("", chat.name)]


def chats_of(tx: Connection, connectors: Mapping[str, Connector]) -> list[Chat]:
    """Connections whose system can send messages, oldest first; a paused one keeps its messages waiting."""
    names = ("id", "name", "system", "state")
    rows = tx.execute(select(*(connection.c[name] for name in names)).order_by(connection.c.id))
    known = [(row, connectors.get(row.system)) for row in rows]
    return [
        Chat(row.id, row.name, at.manifest, row.state == "active")
        for row, at in known
        if at is not None and at.manifest.messages
    ]


def members_of(tx: Connection, employees: Iterable[int], chats: Sequence[int]) -> dict[tuple[int, int], str]:
    """(employee record, connection) -> member id, by the employee's binding there."""
    found: dict[tuple[int, int], str] = {}
    for part in chunks(employees):
        query = select(binding.c.record_id, binding.c.connection_id, binding.c.external_id).where(
            binding.c.record_id.in_(part),
            binding.c.connection_id.in_(chats),
            binding.c.entity == "employee",
            binding.c.state == "linked",
            binding.c.external_id != "",
        )
        # "alias" sorts before "primary": the primary binding is written last and stands.
        for row in tx.execute(query.order_by(binding.c.role, binding.c.id)):
            found[row.record_id, row.connection_id] = row.external_id
    return found


def unreachable(name: str, at: str) -> Text:
    return Text(
        f"{name} 在 {at} 没有绑定，也不能按手机或邮箱找到：请让 {at} 同步员工，或补全手机号",
        f"{name} is not known at {at} and cannot be found by mobile or email: sync employees of {at}, or add the mobile",
    )


def _no_owner(subject: Subject) -> Text:
    title = subject.record.title or subject.record.number or subject.record.id
    return Text(
        f"“{title}”没有负责人，它的客户也没有：请指定负责人后重发",
        f"neither “{title}” nor its customer has an owner: set one, then send again",
    )


def _no_admin() -> Text:
    return Text(
        "没有管理员与员工对应：请执行 hub users change 管理员 --employee 员工记录编号",
        "no admin is tied to an employee: run hub users change ADMIN --employee RECORD",
    )


def _no_employee(name: str) -> Text:
    return Text(f"没有员工 {name}：请更正规则里的收件人", f"there is no employee {name}: correct the rule's recipients")


def _several(name: str) -> Text:
    return Text(
        f"有多名员工叫 {name}：请在规则里改用编码", f"several employees are called {name}: use the number instead"
    )


def _left(name: str) -> Text:
    return Text(
        f"员工 {name} 已停用：请更换负责人后重发", f"employee {name} is disabled: change the owner, then send again"
    )


def _no_chat(name: str, *, several: bool = False) -> Text:
    if several:
        return Text(
            "有多个连接可发送：请在规则的渠道里指定一个", "several connections can send this: name one in the rule"
        )
    if name:
        return Text(f"连接 {name} 不存在或不能发送消息", f"connection {name} is not there or cannot send messages")
    return Text("还没有可以发消息的连接：请先添加", "no connection can send messages: add one")
