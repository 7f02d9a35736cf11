"""OA approvals (vendor note section 7): listed by submission time, read, started with the hub's key in a text control."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.wecom.client import APPROVAL_WINDOW_S, BATCH, WecomCalls
from connectors.wecom.errors import TEMPLATE
from connectors.wecom.forms import Control, controls_of, filled, first_text, flat, summary
from hub.connector.contract import Native, Page, Remote, Write, Written
from hub.connector.paging import by_cursor
from hub.errors import BadInput, ConfigInvalid, PermissionMissing, RecordGone, RecordRejected, ValidationFailed

PENDING = 1
SHOWN = ("sp_no", "sp_name", "sp_status", "template_id", "apply_time")
OVERLAP_S = 120
DAY_S = 86_400
SEARCHED_S = 31 * DAY_S
"""How far back a started form is looked for by its key."""
TEMPLATE_LIFE_S = 600
NO_RIGHT = "301055"
AGREED_OR_NOT = {2: (2, 13, 14), 3: (3,)}
"""Outcome of the form -> outcomes of the node that decided it."""


class WecomApprovals:
    """Forms of one template. Without a template there are none, and none can be started."""

    def __init__(self, calls: WecomCalls) -> None:
        self._calls = calls
        self._config = calls.config
        self._template: tuple[float, str, dict[str, Control]] | None = None

    def check(self) -> str:
        """The template's name. Raises ConfigInvalid when the control for the hub's key is not in it."""
        self._template = None
        _, name, controls = self._known_template()
        key = self._config.approval_key_field
        if key not in controls or controls[key].kind != "Text":
            raise ConfigInvalid(
                f"审批模板“{name}”没有单行文本控件“{key}”",
                f"The template “{name}” has no Text control “{key}”",
                field="approval_key_field",
                value=key,
            ).put_right_by(
                "system_admin",
                f"在“审批 → 模板管理”给模板加一个单行文本控件“{key}”（或改连接设置 approval_key_field），然后测试并恢复连接",
                f"add a Text control “{key}” to the template (or change the setting approval_key_field), then test and resume",
            )
        return name

    def pull(self, checkpoint: Mapping[str, Any] | None, *, full: bool) -> Iterator[Page]:
        """Forms submitted since the checkpoint, and those that were pending then and are not any more.

        The vendor lists by submission time only, so the checkpoint carries the pending forms: number -> time of submission. A
        form that changes after it was decided (withdrawn, paid) is news by callback and by the nightly sweep.
        """
        now = self._now()
        if not self._config.approval_template:
            yield Page((), {"since": now, "open": {}}, more=False)
            return
        since, waiting = _state(None if full else checkpoint, now - self._config.approval_days * DAY_S)
        numbers = self._numbers(since - OVERLAP_S, now + DAY_S)
        decided = self._no_longer_pending(waiting, now)
        still = {one: at for one, at in waiting.items() if one not in decided}
        asked = [one for one in dict.fromkeys([*numbers, *decided]) if one not in still]
        for start in range(0, len(asked), BATCH):
            rows = list(self.read(asked[start : start + BATCH]).values())
            still |= {row.id: int(row.data["apply_time"]) for row in rows if row.data["sp_status"] == PENDING}
            yield Page(rows)
        yield Page((), {"since": now - int(self._calls.link.behind_s()), "open": still}, more=False)

    def read(self, numbers: Sequence[str]) -> dict[str, Remote]:
        rows = ((one, self._form(one)) for one in numbers)
        return {one: row for one, row in rows if row is not None}

    def find(self, write: Write) -> Sequence[Remote]:
        """By the key, among the template's forms of the last 31 days, newest first: no list searches what controls hold."""
        now = self._now()
        for number in sorted(self._numbers(now - SEARCHED_S, now + DAY_S), reverse=True):
            row = self._form(number)
            if row is not None and row.key == write.key:
                return [row]
        return []

    def start(self, write: Write) -> Written:
        """Submit one form with the template's own flow. Raises RecordRejected for what the vendor or the template refuses, by the
        template as it is now: whoever has just put it right and presses replay is not answered from memory."""
        remembered = self._template is not None
        try:
            return self._start(write)
        except ValidationFailed:
            if not remembered:
                raise
        self._template = None
        return self._start(write)

    def _start(self, write: Write) -> Written:
        _, name, controls = self._known_template()
        key = self._config.approval_key_field
        form = {**_form_of(write.data), key: write.key}
        creator = self._creator(write.data)
        body = {
            "creator_userid": creator,
            "template_id": self._config.approval_template,
            "use_template_approver": 1,
            "apply_data": {"contents": filled(controls, form)},
            "summary_list": summary(form, key),
        }
        try:
            number = self._calls.start_approval(body)
        except PermissionMissing as error:
            if error.vendor.code != NO_RIGHT:
                raise
            raise RecordRejected(
                f"企业微信不让 {creator} 发起审批“{name}”",
                f"WeCom does not let {creator} start “{name}”",
                vendor=error.vendor,
                field="applyer.userid",
                value=creator,
            ).put_right_by(
                "system_admin",
                f"在应用详情页“可见范围”里加入 {creator}，并在“审批 → 可调用接口的应用”中加入本应用",
                f"add {creator} to the app's visible range, and the app to those that may call approvals",
            ) from error
        return Written(number, number=number)

    def _form(self, number: str) -> Remote | None:
        try:
            info = self._calls.approval(number)
        except RecordGone:
            return None
        form = flat((info.get("apply_data") or {}).get("contents") or ())
        data: Native = {name: info[name] for name in SHOWN if name in info}
        data |= {"applyer": {"userid": _applicant(info)}, "form": form, "decided": _decided(info)}
        key = form.get(self._config.approval_key_field) or ""
        return Remote(str(info["sp_no"]), data, number=str(info["sp_no"]), key=key)

    def _numbers(self, start: int, end: int, **filters: str) -> list[str]:
        """Numbers of the template's forms that were submitted in the time, window by window."""
        wanted = {"template_id": self._config.approval_template, **filters}
        found: list[str] = []
        for begin in range(start, end, APPROVAL_WINDOW_S):
            last = min(begin + APPROVAL_WINDOW_S, end)
            ask = partial(self._calls.approval_numbers, begin, last, wanted)
            found += [one for page in by_cursor(ask) for one in page]
        return list(dict.fromkeys(found))

    def _no_longer_pending(self, waiting: Mapping[str, int], now: int) -> list[str]:
        if not waiting:
            return []
        pending = self._numbers(min(waiting.values()) - OVERLAP_S, now + DAY_S, sp_status=str(PENDING))
        return [one for one in waiting if one not in set(pending)]

    def _creator(self, data: Native) -> str:
        given = data.get("applyer")
        creator = str((given.get("userid") if isinstance(given, Mapping) else "") or self._config.approval_creator)
        if not creator:
            raise ValidationFailed(
                "审批没有申请人：销售员没有对应的企业微信成员。请补上绑定，或设置“默认发起人”",
                "The approval has no applicant: the salesperson is no known member. Link them or set the default applicant",
                field="applyer.userid",
            )
        return creator

    def _known_template(self) -> tuple[float, str, dict[str, Control]]:
        """Read again now and then: somebody may change the template. Raises ConfigInvalid when none is set."""
        if not self._config.approval_template:
            raise ConfigInvalid(
                "没有设置审批模板，不能发起审批",
                "No approval template is set, so none can be started",
                field="approval_template",
            ).put_right_by(TEMPLATE.job, TEMPLATE.press.zh, TEMPLATE.press.en)
        now = float(self._now())
        if self._template is None or now - self._template[0] > TEMPLATE_LIFE_S:
            detail = self._calls.approval_template(self._config.approval_template)
            self._template = (now, first_text(detail.get("template_names")), controls_of(detail))
        return self._template

    def _now(self) -> int:
        return int(self._calls.link.now().timestamp())


def _state(checkpoint: Mapping[str, Any] | None, oldest: int) -> tuple[int, dict[str, int]]:
    """(submitted since, pending then). Raises BadInput for a checkpoint that is not one of these."""
    if checkpoint is None:
        return oldest, {}
    since, waiting = checkpoint.get("since"), checkpoint.get("open")
    if not isinstance(since, int) or not isinstance(waiting, dict):
        raise BadInput("断点格式不对，请全量重拉", "Not a checkpoint of this connector; pull everything again")
    # What has been pending for so long is left to the nightly sweep: one call per 31 days back would be made on every pull.
    return since, {str(one): int(at) for one, at in waiting.items() if int(at) >= oldest}


def _form_of(data: Native) -> dict[str, Any]:
    unknown = set(data) - {"form", "applyer"}
    form = data.get("form")
    if unknown or not isinstance(form, dict) or not form:
        name = min(unknown, default="form")
        raise ValidationFailed(
            f"发起企业微信审批只能写 form.<控件标题> 和 applyer.userid，{name} 不行",
            f"Starting an approval takes form.<title of a control> and applyer.userid, not {name}",
            field=name,
        )
    return dict(form)


def _applicant(info: Native) -> str:
    """One who applied for several people at once stands in a list."""
    one = info.get("applyer") or (info.get("batch_applyer") or [{}])[0]
    return str(one.get("userid") or "")


def _decided(info: Native) -> Native:
    """Who gave the last word and when (unix seconds); nothing for a form that is pending or was withdrawn undecided."""
    outcome = 3 if info.get("sp_status") == 3 else 2
    if info.get("sp_status") in (PENDING, 4, 7):
        return {}
    words = [
        {"userid": str(sub.get("userid") or ""), "sptime": int(sub["sptime"]), "speech": str(sub.get("speech") or "")}
        for node in (info.get("process_list") or {}).get("node_list") or ()
        if node.get("node_type") != 2
        for sub in node.get("sub_node_list") or ()
        if sub.get("sp_yj") in AGREED_OR_NOT[outcome] and int(sub.get("sptime") or 0) > 0
    ]
    return max(words, key=lambda word: word["sptime"], default={})
