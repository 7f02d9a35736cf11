"""One open connection to 企业微信: the client that the hub calls."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.wecom import messages
from connectors.wecom.approvals import WecomApprovals
from connectors.wecom.client import WecomCalls
from connectors.wecom.config import WecomConfig
from connectors.wecom.reading import WecomReader
from hub.connector.base import BaseClient
from hub.connector.contract import Answer, Delivery, Message, Native, Page, Remote, Write, WriteOutcome, Written
from hub.connector.http import Policy
from hub.connector.link import Link
from hub.connector.lookup import found_or_missed
from hub.errors import HubError, RecordGone, RecordLocked, RecordRejected, ValidationFailed

REMARK_NAMES = {
    "remark": "remark",
    "description": "description",
    "remark_corp_name": "remark_company",
    "remark_mobiles": "remark_mobiles",
}
"""What a follower may note about a contact: read name -> write name."""
REMARK_LIMITS = {"remark": 20, "description": 150, "remark_company": 20}


class WecomClient(BaseClient):
    """See hub.connector.Client."""

    system = "wecom"

    def __init__(self, config: WecomConfig, link: Link, policy: Policy | None = None) -> None:
        self._calls = WecomCalls(config, link, policy)
        self._reader = WecomReader(self._calls)
        self._approvals = WecomApprovals(self._calls)

    def check(self) -> Mapping[str, str]:
        """Token, trusted address, visible range, and (unless switched off) the right to external contacts."""
        facts = {"corp": self._calls.config.corp_id, "agent": str(self._calls.config.agent_id)}
        self._calls.probe()
        facts["departments"] = str(len(self._calls.departments()))
        if self._calls.config.external_contacts:
            facts["followers"] = str(len(self._calls.followers()))
        if self._calls.config.approval_template:
            facts["approval_template"] = self._approvals.check()
        return facts

    def pull(self, entity: str, checkpoint: Mapping[str, Any] | None, *, full: bool = False) -> Iterator[Page]:
        if entity == "approval":
            return self._approvals.pull(checkpoint, full=full)
        return self._reader.pull(entity)

    def read(self, entity: str, ids: Sequence[str]) -> Mapping[str, Remote]:
        return self._approvals.read(ids) if entity == "approval" else self._reader.read(entity, ids)

    def find(self, entity: str, write: Write) -> Sequence[Remote]:
        if entity != "approval":
            raise self.not_offered("find", entity)
        return self._approvals.find(write)

    def create(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """Approvals only: start them."""
        if entity != "approval":
            raise self.not_offered("create", entity)
        return [self._started(write) for write in writes]

    def update(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """External contacts only: what their first follower noted about them."""
        if entity not in ("contact", "customer"):
            raise self.not_offered("update", entity)
        return [self._remarked(write) for write in writes]

    def send(self, message: Message) -> Delivery:
        return messages.send(self._calls, message)

    def confirmed(self, answer: Answer) -> None:
        """See hub.connector.contract.Confirming."""
        messages.confirmed(self._calls, answer)

    def lookup_member(self, kind: str, value: str) -> str:
        """A miss is remembered for a day: too many misses make the vendor lock the look-up for everybody."""
        look = {"mobile": self._calls.member_by_mobile, "email": self._calls.member_by_email}.get(kind)
        if look is None:
            raise self.not_offered(f"lookup_member by {kind}")
        account = f"{self._calls.config.corp_id}:{kind}"
        return found_or_missed(self._calls.link, account, value, look)

    def close(self) -> None:
        self._calls.close()

    def _started(self, write: Write) -> WriteOutcome:
        try:
            return self._approvals.start(write)
        except RecordRejected as error:
            return error

    def _remarked(self, write: Write) -> WriteOutcome:
        try:
            changes, follower = _remark(write.data)
            if not follower:
                follower = str(self._reader.contact(write.id).data["follow_user"][0]["userid"])
            self._calls.remark({"userid": follower, "external_userid": write.id, **changes})
        except (RecordRejected, RecordGone, RecordLocked) as error:
            return error
        return Written(write.id)


def _remark(data: Native) -> tuple[dict[str, Any], str]:
    """The body of a remark and, where the data names it, the follower. Raises ValidationFailed for what cannot be
    written."""
    noted = data.get("follow_user")
    follow = noted[0] if isinstance(noted, list) and noted else noted if isinstance(noted, dict) else {}
    unknown = [*(set(data) - {"follow_user"}), *(set(follow) - {*REMARK_NAMES, "userid"})]
    if unknown or not set(follow) & set(REMARK_NAMES):
        raise _not_writable(unknown[0] if unknown else "follow_user")
    changes = {REMARK_NAMES[name]: value for name, value in follow.items() if name in REMARK_NAMES}
    for name, limit in REMARK_LIMITS.items():
        if len(str(changes.get(name) or "")) > limit:
            raise _too_long(name, limit, str(changes[name]))
    if "remark_mobiles" in changes:
        # The list replaces the old one; an empty list would be taken for "not given".
        changes["remark_mobiles"] = list(changes["remark_mobiles"] or [""])
    return {name: "" if value is None else value for name, value in changes.items()}, str(follow.get("userid") or "")


def _not_writable(name: str) -> HubError:
    known = "、".join(REMARK_NAMES)
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
