"""The open connection to 金蝶云星空: the hub's contract on top of reader, puller, saver and stepper."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from connectors.kingdee import filters
from connectors.kingdee.calls import Calls
from connectors.kingdee.config import KingdeeConfig
from connectors.kingdee.forms import FORMS
from connectors.kingdee.metadata import FieldInfo
from connectors.kingdee.packet import numbers_to_find
from connectors.kingdee.plan import Plans
from connectors.kingdee.puller import Puller
from connectors.kingdee.reader import Ask, Reader
from connectors.kingdee.records import remote_of
from connectors.kingdee.saver import Saver
from connectors.kingdee.stepper import Stepper
from hub.connector import (
    EntityManifest,
    Link,
    Manifest,
    MemoryTokens,
    Page,
    Remote,
    Write,
    WriteOutcome,
)
from hub.connector.base import DeclaredClient, limited
from hub.connector.scan import Scan
from hub.errors import ConfigInvalid, PermissionMissing, SetupError, Unreachable


class KingdeeClient(DeclaredClient):
    """One connection; safe to share between threads."""

    def __init__(self, config: KingdeeConfig, link: Link, manifest: Manifest) -> None:
        self._config = config
        self._link = link
        super().__init__(manifest)
        self._calls = Calls(config, link)
        self._plans = Plans(self._calls)
        self._reader = Reader(self._calls, self._plans)
        self._saver = Saver(self._calls, self._reader)
        self._stepper = Stepper(self._calls, self._reader)

    def check(self) -> Mapping[str, str]:
        """Sign in and read one record of every entity; facts about the tenant and what was visible.

        Raises ConfigInvalid for a data center that this address does not have, PermissionMissing for a probe that can
        not be
        seen (data rights filter rows silently, kingdee.md E 17).
        """
        facts = {"account": self._config.username, "data_center": self._config.acct_id}
        try:
            seen = {entity: self._visible(entity) for entity in self._manifest.entities}
        except (Unreachable, SetupError):
            self._check_data_center()
            raise
        hidden = [entity for entity, count in seen.items() if not count]
        facts |= {f"{entity}": "visible" for entity in seen if entity not in hidden}
        facts |= {
            f"{entity}": "无可见数据：空表或无数据权限 / no rows visible: empty, or no data right" for entity in hidden
        }
        facts["server_utc_offset"] = str(self._calls.session.server_offset())
        return {**facts, **self._calls.session.facts}

    def discover(self, entity: str) -> list[FieldInfo]:
        """All fields that the tenant's form has, the tenant's own ones included, for the mapping editor."""
        return self._plans.discover(entity)

    def pull(self, entity: str, checkpoint: Mapping[str, Any] | None, *, full: bool = False) -> Iterator[Page]:
        """Records changed since the checkpoint. Raises BadInput for a checkpoint of somebody else."""
        scan = Scan.parse(None if full else checkpoint)
        manifest = self.allowed(entity, "pull")
        return self._naming_data_center(lambda: self._pages(entity, manifest, scan))

    def _pages(self, entity: str, manifest: EntityManifest, scan: Scan) -> Iterator[Page]:
        offset = self._calls.session.server_offset()
        puller = Puller(self._reader, self._link, scope=self._scope(entity), offset=offset)
        return puller.pages(self._plans.of(entity), entity, manifest, scan)

    def read(self, entity: str, ids: Sequence[str]) -> Mapping[str, Remote]:
        """Records by internal id; what is no id of this system is simply not found."""
        self.allowed(entity, "read")
        known = [one for one in dict.fromkeys(ids) if filters.is_id(one)]
        plan = self._plans.of(entity)
        found: dict[str, Remote] = {}
        for part in _parts(known, self._manifest.entities[entity].read_batch):
            rows = self._reader.by_filter(entity, filters.by_ids(plan.pk, part))
            found |= {remote.id: remote for remote in (remote_of(plan, row) for row in rows)}
        return found

    def find(self, entity: str, write: Write) -> Sequence[Remote]:
        """Records with the write's number or key, in the organization of this connection."""
        self.allowed(entity, "find")
        plan = self._plans.of(entity)
        where = filters.by_texts(plan.form.hub_key, numbers_to_find(plan.form, write))
        return [
            remote_of(plan, row) for row in self._reader.by_filter(entity, filters.both(self._scope(entity), where))
        ]

    def create(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        manifest = self.allowed(entity, "create")
        return self._saver.create(entity, limited(writes, manifest.create_batch)) if writes else []

    def update(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        manifest = self.allowed(entity, "update")
        return self._saver.update(entity, limited(writes, manifest.update_batch)) if writes else []

    def step(self, entity: str, step: str, ids: Sequence[str]) -> Sequence[WriteOutcome]:
        self.allowed(entity, "update")
        return self._stepper.run(entity, step, ids) if ids else []

    def close(self) -> None:
        """Close the connections. A session that other workers share stays open at the vendor; a private one is
        ended."""
        private = isinstance(self._link.tokens, MemoryTokens)
        try:
            if private and not self._calls.session.signs:
                self._calls.logout()
        except (Unreachable, SetupError):
            pass  # the vendor ends an idle session by itself
        finally:
            self._calls.close()

    def _scope(self, entity: str) -> str:
        """Base data is issued to organizations as rows of their own with the same number: take one organization's
        (4.1)."""
        org = FORMS[entity].org
        return filters.by_texts(org, [self._config.org_number]) if org and self._config.org_number else ""

    def _visible(self, entity: str) -> int:
        probe = self._config.probes.get(entity, "")
        where = filters.by_texts(FORMS[entity].number, [probe]) if probe else ""
        rows, _ = self._reader.page(entity, Ask(filters.both(self._scope(entity), where), 0, 1))
        if probe and not rows:
            raise PermissionMissing(
                f"集成用户看不到 {entity} 的探针 {probe}",
                f"The integration user can not see the probe {probe} of {entity}",
                field=f"probes.{entity}",
                value=probe,
            ).put_right_by(
                "system_admin",
                f"在金蝶里给集成用户补上 {FORMS[entity].form_id} 的查询权限和数据权限",
                f"give the integration user the right to query {FORMS[entity].form_id} in Kingdee, and its data rights",
            )
        return len(rows)

    def _naming_data_center(self, pages: Callable[[], Iterator[Page]]) -> Iterator[Page]:
        """The pages. An HTTP 500 may mean that the data center is not there any more: then that is what is said."""
        try:
            yield from pages()
        except Unreachable as error:
            if error.vendor.code == "500":
                self._check_data_center()
            raise

    def _check_data_center(self) -> None:
        """A wrong data center id shows as an HTTP error, not as a refused login (1): ask which ones there are."""
        try:
            known = self._calls.data_centers()
        except (Unreachable, SetupError):
            return
        if known and self._config.acct_id not in known:
            raise ConfigInvalid(
                f"账套ID {self._config.acct_id} 不在这个产品地址上，可用：{', '.join(known[:10])}",
                f"There is no data center {self._config.acct_id} at this address; known: {', '.join(known[:10])}",
                field="acct_id",
                value=self._config.acct_id,
            ).put_right_by(
                "hub_admin",
                "把连接设置里的“账套ID”改成可用的一个（hub connections change），然后测试并恢复",
                "set the data center id of the connection to one of them (hub connections change), then test and resume",
            )


def _parts(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
