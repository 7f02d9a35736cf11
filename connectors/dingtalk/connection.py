"""One open connection to 钉钉: the client that the hub calls."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Event
from typing import Any, NoReturn

from connectors.dingtalk import messages
from connectors.dingtalk.approvals import Approvals
from connectors.dingtalk.client import DingtalkCalls
from connectors.dingtalk.config import DingtalkConfig
from connectors.dingtalk.reading import employees, employees_by_id, visible_department
from connectors.dingtalk.stream import Stream
from hub.connector.base import BaseClient
from hub.connector.contract import Delivery, Hint, Message, Page, Remote, Write, WriteOutcome
from hub.connector.http import Policy
from hub.connector.link import Link
from hub.connector.lookup import found_or_missed


class DingtalkClient(BaseClient):
    """See hub.connector.Client."""

    system = "dingtalk"

    def __init__(self, config: DingtalkConfig, link: Link, policy: Policy | None = None) -> None:
        self._calls = DingtalkCalls(config, link, policy)
        self._approvals = Approvals(self._calls)

    def check(self) -> Mapping[str, str]:
        """Credentials, allowed address, visible range, and (where set) the approval template with the field for the key."""
        config = self._calls.config
        self._calls.ask_token()
        facts = {"corp": config.corp_id, "agent": str(config.agent_id)}
        facts["department"] = str(visible_department(self._calls))
        if config.process_code:
            facts["approval_fields"] = str(self._approvals.check())
        return facts

    def pull(self, entity: str, checkpoint: Mapping[str, Any] | None, *, full: bool = False) -> Iterator[Page]:
        if entity == "approval":
            return self._approvals.pull(checkpoint, full=full)
        return employees(self._calls) if entity == "employee" else self._refuse("pull", entity)

    def read(self, entity: str, ids: Sequence[str]) -> Mapping[str, Remote]:
        if entity == "approval":
            return self._approvals.read(ids)
        return employees_by_id(self._calls, ids) if entity == "employee" else self._refuse("read", entity)

    def find(self, entity: str, write: Write) -> Sequence[Remote]:
        return self._approvals.find(write) if entity == "approval" else self._refuse("find", entity)

    def create(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """Approvals only: each one starts an instance."""
        return (
            [self._approvals.create(one) for one in writes] if entity == "approval" else self._refuse("create", entity)
        )

    def send(self, message: Message) -> Delivery:
        return messages.send(self._calls, message)

    def receipt(self, message: Message, delivery: str) -> Delivery:
        return messages.receipt(self._calls, message, delivery)

    def lookup_member(self, kind: str, value: str) -> str:
        """A miss is remembered for a day."""
        if kind != "mobile":
            self._refuse(f"lookup_member by {kind}")
        return found_or_missed(self._calls.link, self._calls.config.app_key, value, self._calls.member_by_mobile)

    def listens(self) -> bool:
        return self._calls.config.events == "stream"

    def listens_to(self) -> str:
        return f"{self._calls.config.base_url_api} {self._calls.config.app_key}"

    def listen(self, keep: Callable[[Sequence[Hint]], None], stop: Event) -> None:
        Stream(self._calls, keep).run(stop)

    def close(self) -> None:
        self._calls.close()

    def _refuse(self, what: str, entity: str = "") -> NoReturn:
        raise self.not_offered(what, entity)
