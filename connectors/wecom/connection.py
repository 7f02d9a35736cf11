"""One open connection to 企业微信: the client that the hub calls."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.wecom import messages
from connectors.wecom.approvals import WecomApprovals
from connectors.wecom.client import WecomCalls
from connectors.wecom.config import WecomConfig
from connectors.wecom.noting import Notes
from connectors.wecom.reading import WecomReader
from hub.connector.base import BaseClient
from hub.connector.contract import Answer, Delivery, Message, Page, Remote, Write, WriteOutcome
from hub.connector.http import Policy
from hub.connector.link import Link
from hub.connector.lookup import found_or_missed
from hub.errors import RecordGone, RecordLocked, RecordRejected


class WecomClient(BaseClient):
    """See hub.connector.Client."""

    system = "wecom"

    def __init__(self, config: WecomConfig, link: Link, policy: Policy | None = None) -> None:
        self._calls = WecomCalls(config, link, policy)
        self._reader = WecomReader(self._calls)
        self._notes = Notes(self._calls, self._reader)
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
        """External contacts only: what their followers note about them, tags included."""
        if entity not in ("contact", "customer"):
            raise self.not_offered("update", entity)
        return [self._noted(write) for write in writes]

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

    def _noted(self, write: Write) -> WriteOutcome:
        try:
            return self._notes.write(write)
        except (RecordRejected, RecordGone, RecordLocked) as error:
            return error
