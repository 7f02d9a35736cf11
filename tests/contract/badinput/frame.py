"""What a case of bad input is: which of the known kinds, how it comes about at the sandbox, and what must be read by whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from hub.errors import HubError, Text

if TYPE_CHECKING:
    from tests.contract.badinput.scene import Scene

Row = dict[str, Any]
NO_NAME = Text("", "")

KINDS: dict[str, Text] = {
    "secret_wrong": Text("密钥或密码错误", "Secret or password wrong"),
    "app_unknown": Text("应用或用户不存在", "Application or user unknown"),
    "tenant_wrong": Text("租户、账套或企业不对", "Tenant, data center or company wrong"),
    "app_disabled": Text("应用停用、授权过期或被收回", "Application disabled, authorization expired or taken back"),
    "permission_missing": Text("缺少权限", "Permission missing"),
    "address_blocked": Text("调用地址不在白名单", "Calling address not allowed"),
    "user_unlicensed": Text("账号没有许可", "Account without a licence"),
    "quota_used": Text("调用次数用完", "Calls used up"),
    "maintenance_page": Text("维护页面或网关错误页", "Maintenance page or a gateway's error page"),
    "period_closed": Text("会计期间已结账", "Accounting period closed"),
    "unit_unknown": Text("计量单位不存在", "Unit unknown"),
    "tax_unknown": Text("税率或税码不存在", "Tax rate or code unknown"),
    "name_too_long": Text("名称太长", "Name too long"),
    "characters_forbidden": Text("含有不允许的字符", "Forbidden characters"),
    "value_missing": Text("缺少必填的值", "A required value is missing"),
    "reference_unknown": Text("引用的资料不存在或已停用", "What the record refers to is not there or not in use"),
    "number_taken": Text("编号已被占用", "Number taken already"),
    "record_in_use": Text("单据正被占用或已审核", "Record in use or audited"),
    "message_refused": Text("消息被拒收", "Message refused"),
    "other": Text("其他", "Other"),
}
"""The closed list. Every connector says something about each kind of REQUIRED: a case, or why it cannot have one."""

REQUIRED = (
    *("secret_wrong", "app_unknown", "tenant_wrong", "app_disabled", "permission_missing", "address_blocked"),
    *("user_unlicensed", "quota_used", "maintenance_page", "period_closed", "unit_unknown", "tax_unknown"),
    *("name_too_long", "characters_forbidden"),
)


@dataclass(frozen=True)
class Sees:
    """What must be read. `error` None: the hub's own mapping refused the record before anything was sent; `says` are parts of the
    Chinese message (the culprit: field, value, interface), `press` parts of what to press."""

    error: type[HubError] | None
    job: str
    says: tuple[str, ...]
    press: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Cause:
    """How it comes about: `settings` of the connection as somebody typed them, `switches` of the sandbox (its own rules), and `faults`
    (canned replies: {"kind": "garbage", "status": 503, "page": …, "match": …}; they stay until the cause is taken away)."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    switches: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()
    at: "Callable[[Scene], None] | None" = None
    """Anything else that brings it about, after the rest."""
    gone: "Callable[[Scene], None] | None" = None
    """What takes that away again."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """`kind` is a key of KINDS, `name` tells cases of one kind apart (shown on the page; unique within the connector)."""

    kind: str
    name: Text

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.name.en}"


@dataclass(frozen=True, kw_only=True)
class AtConnection(Case):
    """The connection cannot work: it pauses (SetupError) or backs off (TryLater), with the reason; others go on; when the cause is gone
    `test` and `resume` (or time) continue without loss."""

    sees: Sees
    cause: Cause
    entity: str = ""
    """What is read (or written) when it is noticed; "" = the first of the ground's entities (a customer)."""
    noticed_by: Literal["reading", "writing", "test"] = "reading"
    """Some refusals, a missing right to write above all, show only when something is written; others only when an admin tests the
    connection (nothing stops then)."""


@dataclass(frozen=True, kw_only=True)
class AtWrite(Case):
    """A write that meets something which is no answer: it is neither believed nor lost nor repeated blindly. `cause.faults` should match
    only writes; `sees` is what the run shows, where it shows something (OutcomeUnknown shows the usual words)."""

    sees: Sees
    cause: Cause
    entity: str = "customer"


@dataclass(frozen=True, kw_only=True)
class AtRecord(Case):
    """One record of a batch is refused. `bad` are golden values laid over a good row ("@customer", "@employee", "@product" stand for the
    ids of the ground's rows). It is put right by `fixed` values, or (None) by taking the cause away."""

    sees: Sees
    entity: str
    bad: Mapping[str, Any] = field(default_factory=dict)
    good: Mapping[str, Any] = field(default_factory=dict)
    """Values of all rows of the batch, under `bad`."""
    fixed: Mapping[str, Any] | None = None
    cause: Cause = field(default_factory=Cause)


@dataclass(frozen=True, kw_only=True)
class Own(Case):
    """Anything else (a message, a callback): `shows` plays it on the scene, asserts what is its own and returns the error
    that was read."""

    sees: Sees
    shows: "Callable[[Scene], HubError]"


@dataclass(frozen=True, kw_only=True)
class NotThere(Case):
    """This system cannot have that kind of case, and why."""

    name: Text = NO_NAME
    why: Text


class Server(Protocol):
    """A vendor's server as a case needs it. SandboxServer is the usual one; a real product brings its own."""

    @property
    def credentials(self) -> Mapping[str, Any]: ...

    def reset(self) -> None:
        """As good as new, before every case."""

    def bring(self, cause: Cause) -> None: ...

    def take_away(self) -> None:
        """Switches and faults are as they were."""

    def seed(self, kind: str, *rows: Row) -> None: ...

    def rows(self, kind: str) -> list[Row]: ...

    def advance(self, seconds: float) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True)
class Sheet:
    """Where the server keeps an entity, and which of its values shows the mark of a row that came from the hub (the golden name; the
    remark of a document): a field, or a function of the row."""

    kind: str
    mark: str | Callable[[Row], str]

    def mark_of(self, row: Row) -> str:
        return str((row.get(self.mark) if isinstance(self.mark, str) else self.mark(row)) or "").strip()


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What is there before a case. `entities` are read at first contact, in order; those with a sheet are released for writing.
    `seed` are the server's own rows: the employee 张三 (13800000001, YG1) and the product 轴承 (M-1), where it has such things."""

    entities: tuple[str, ...]
    sheets: Mapping[str, Sheet] = field(default_factory=dict)
    seed: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    usual: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Golden values of every good row of an entity, over the frame's own."""


@dataclass(frozen=True, kw_only=True)
class Suite:
    """All cases of one system. `system` is the connector's name, `settings` what its form needs beside the server's credentials."""

    system: str
    title: Text
    start: Callable[[], Server]
    ground: Ground
    cases: tuple[Case, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    @property
    def key(self) -> str:
        return self.name or self.system


@dataclass(frozen=True)
class Shown:
    """What a case really showed: the message, whose job, what to press."""

    text: Text
    job: str
    press: Text
