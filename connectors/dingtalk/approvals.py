"""OA approvals: started, read, listed by the time they started, found by the hub's key in a form field."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.dingtalk.client import DingtalkCalls
from connectors.dingtalk.codes import TEMPLATE_CODE
from connectors.dingtalk.forms import department_of, is_running, remote, values
from hub.connector.contract import Native, Page, Remote, Write, WriteOutcome, Written
from hub.connector.paging import unstable
from hub.errors import BadInput, ConfigInvalid, RecordGone, RecordRejected, ValidationFailed

MINUTE_MS = 60_000
DAY_MS = 86_400_000
WINDOW_MS = 119 * DAY_MS
OVERLAP_MS = 5 * MINUTE_MS
FIND_MS = 30 * DAY_MS
ROUNDS = 3
PAGE = 20
OPEN_MOST = 2000


class Approvals:
    """Instances of the one template that the settings name."""

    def __init__(self, calls: DingtalkCalls) -> None:
        self._calls = calls

    def check(self) -> int:
        """How many fields the form has. Raises ConfigInvalid when the field for the hub's key is missing."""
        labels, wanted = self._calls.form_labels(), self._calls.config.key_field
        if wanted not in labels:
            known = "、".join(labels)
            raise ConfigInvalid(
                f"审批模板里没有名为“{wanted}”的控件（现有：{known}）",
                f"The approval template has no field “{wanted}” (it has {known})",
                field="key_field",
                value=wanted,
            ).put_right_by(
                "system_admin",
                f"在 OA 审批后台给模板加一个单行文本控件“{wanted}”（或改连接设置 key_field），然后测试并恢复连接",
                f"add a text field “{wanted}” to the template (or change the setting key_field), then test and resume",
            )
        return len(labels)

    def pull(self, checkpoint: Mapping[str, Any] | None, *, full: bool) -> Iterator[Page]:
        """What started since the checkpoint, and those that were still running then: ended ones never change."""
        if not self._calls.config.process_code:
            yield Page((), {"since": 0, "open": []}, more=False)
            return
        since, waiting = (None, []) if full else _parsed(checkpoint)
        now = self._now_ms()
        start = now - self._calls.config.approval_days * DAY_MS if since is None else since
        fresh = self._ids(max(start, now - 365 * DAY_MS + DAY_MS), now)
        wanted = list(dict.fromkeys([*waiting, *fresh]))
        running: list[str] = []
        for begin in range(0, len(wanted), PAGE):
            rows = list(self.read(wanted[begin : begin + PAGE]).values())
            running += [row.id for row in rows if is_running(row)]
            yield Page(rows)
        yield Page(
            (),
            {"since": now - int(self._calls.link.behind_s() * 1000) - OVERLAP_MS, "open": running[-OPEN_MOST:]},
            more=False,
        )

    def read(self, ids: Sequence[str]) -> dict[str, Remote]:
        found: dict[str, Remote] = {}
        for one in ids:
            try:
                found[one] = remote(one, self._calls.approval(one), self._calls.config.key_field)
            except RecordGone:
                continue
        return found

    def find(self, write: Write) -> list[Remote]:
        """Instances of the last 30 days, by the applicant where the write names one, that carry the key."""
        now, applicant = self._now_ms(), self._applicant(write.data)
        ids = self._ids(now - FIND_MS, now, [applicant] if applicant else [])
        rows = (row for one in reversed(ids) for row in self.read([one]).values())
        return [row for row in rows if row.key == write.key]

    def create(self, write: Write) -> WriteOutcome:
        """Start one. The key goes into its form field; the template's own flow decides who approves."""
        try:
            return Written(self._calls.start_approval(self._body(write)))
        except (RecordRejected, RecordGone) as error:
            return error

    def _body(self, write: Write) -> Native:
        config = self._calls.config
        if not config.process_code:
            raise ConfigInvalid(
                "没有设置审批模板编码", "No approval template is set", field="process_code"
            ).put_right_by(TEMPLATE_CODE.job, TEMPLATE_CODE.press.zh, TEMPLATE_CODE.press.en)
        unknown = set(write.data) - {"form", "originatorUserId"}
        applicant = self._applicant(write.data)
        if unknown or not applicant or not isinstance(write.data.get("form"), dict):
            raise _not_writable(sorted(unknown)[0] if unknown else "originatorUserId" if not applicant else "form")
        form = {**write.data["form"], config.key_field: write.key}
        return {
            "originatorUserId": applicant,
            "processCode": config.process_code,
            "deptId": department_of(self._calls.member(applicant)),
            "microappAgentId": config.agent_id,
            "formComponentValues": values(form),
        }

    def _applicant(self, data: Native) -> str:
        return str(data.get("originatorUserId") or self._calls.config.default_applicant)

    def _ids(self, since: int, until: int, users: Sequence[str] = ()) -> list[str]:
        """Ids by windows of at most 120 days, oldest first, all listed before the first is read."""
        found: dict[str, None] = {}
        for start in range(since, until + 1, WINDOW_MS):
            found |= dict.fromkeys(self._window(start, min(start + WINDOW_MS - 1, until), users))
        return list(found)

    def _window(self, since: int, until: int, users: Sequence[str]) -> list[str]:
        for _round in range(ROUNDS):
            ids: list[str] = []
            token: int | None = 0
            while token is not None:
                page, token = self._calls.approval_ids(since, until, token, users)
                ids += map(str, page)
            if len(set(ids)) == len(ids):
                return ids
        raise unstable("instanceIds/query")

    def _now_ms(self) -> int:
        return int(self._calls.link.now().timestamp() * 1000)


def _parsed(checkpoint: Mapping[str, Any] | None) -> tuple[int | None, list[str]]:
    if not checkpoint:
        return None, []
    since, waiting = checkpoint.get("since"), checkpoint.get("open")
    if not isinstance(since, int) or isinstance(since, bool) or not isinstance(waiting, list):
        raise BadInput("断点格式不对，请全量重拉", "Not a checkpoint of this connector; pull everything again")
    return since or None, [str(one) for one in waiting]


def _not_writable(name: str) -> ValidationFailed:
    return ValidationFailed(
        f"发起审批需要 originatorUserId 和 form，问题在 {name}",
        f"To start an approval give originatorUserId and form; wrong: {name}",
        field=name,
    ).put_right_by(
        "hub_admin",
        "没有负责人时在连接设置 default_applicant 填一位成员的 userid；其余的改映射 dingtalk/approval.yaml",
        "for orders without an owner set default_applicant to a member's userid; otherwise change dingtalk/approval.yaml",
    )
