"""Plays a case through the real connector and the real engine, asserts what must hold, and returns what was read."""

import json
from collections import Counter
from collections.abc import Callable
from functools import singledispatch
from typing import Any

from pydantic import SecretStr

from hub.errors import JOBS, SetupError, Text
from hub.setup.connections import open_config
from tests.contract.badinput.frame import AtConnection, AtRecord, AtWrite, Case, Own, Sees, Shown
from tests.contract.badinput.scene import MARK, Scene

GOOD = ("前一条好的", "后一条好的")
"""Marks of the rows around a bad one."""


@singledispatch
def play(case: Case, scene: Scene) -> Shown:
    """What the case showed. AssertionError where it broke a promise."""
    raise AssertionError(f"no way to play {type(case).__name__}")


@play.register
def _(case: AtConnection, scene: Scene) -> Shown:
    mark = "途中来的公司"
    scene.bring(case.cause)
    if case.noticed_by == "test":
        return _at_test(case, scene)
    shown = _at_reading(case, scene) if case.noticed_by == "reading" else _at_writing(case, scene)
    paused = issubclass(case.sees.error or SetupError, SetupError)
    assert (scene.state().state == "paused") is paused
    assert paused or scene.state().resume_at is not None
    _others_go_on(scene, mark)
    scene.take_away(case.cause)
    _works_again(scene, mark, paused=paused)
    return shown


def _at_reading(case: AtConnection, scene: Scene) -> Shown:
    """`hub connections test` and a run say the same."""
    checked = scene.check()
    assert checked.error is not None, f"the test says that all is well: {checked.facts}"
    report = scene.pull(scene.at, case.entity or scene.entities[0])
    assert report.state == "failed", report
    reason = scene.state().reason
    assert reason["error"] == type(checked.error).__name__, (reason, checked.error)
    _as_read(case.sees, checked.error.as_json())
    _nothing_secret(scene, case, checked.as_json(), reason, report.error)
    return _as_read(case.sees, reason)


def _at_test(case: AtConnection, scene: Scene) -> Shown:
    checked = scene.check()
    assert checked.error is not None, f"the test says that all is well: {checked.facts}"
    _nothing_secret(scene, case, checked.as_json())
    scene.take_away(case.cause)
    assert scene.check().error is None
    return _as_read(case.sees, checked.error.as_json())


def _at_writing(case: AtConnection, scene: Scene) -> Shown:
    scene.feed_another(case.entity or "customer", "头一个被拒的")
    scene.poll()
    reason = scene.state().reason
    assert reason, [item.zh for item in scene.inbox()]
    _nothing_secret(scene, case, reason)
    return _as_read(case.sees, reason)


@play.register
def _(case: AtWrite, scene: Scene) -> Shown:
    mark = "写到一半的公司"
    scene.bring(case.cause)
    scene.feed_another(case.entity, mark)
    scene.poll()
    told = [item.data.get("cause") for item in scene.inbox()] + [scene.state().reason]
    before = scene.marks(case.entity).count(mark)
    assert before <= 1
    scene.take_away(case.cause)
    if scene.state().state == "paused":
        scene.resume()
    for _ in range(4):
        scene.wait()
        scene.poll()
    assert scene.marks(case.entity).count(mark) == 1, "written once, neither lost nor twice"
    assert scene.inbox() == [], [item.zh for item in scene.inbox()]
    seen = next((one for one in told if one), None)
    _nothing_secret(scene, case, told)
    return _as_read(case.sees, seen) if seen else _usual(case.sees)


@play.register
def _(case: AtRecord, scene: Scene) -> Shown:
    entity = case.entity
    mark_field = MARK.get(entity, "name")
    scene.bring(case.cause)
    scene.feed_another(entity, GOOD[0], **case.good)
    bad = scene.feed_another(entity, "这一条不行", **{**case.good, **case.bad})
    scene.feed_another(entity, GOOD[1], **case.good)
    _until(scene, lambda: bool(scene.inbox()) and _are_there(scene, entity, *GOOD))
    [item] = scene.inbox()
    assert item.kind in {"rejected", "invalid"}, (item.kind, item.zh)
    shown = _refusal(case, item)
    assert case.sees.error is None or item.data["cause"]["error"] == case.sees.error.__name__, item.data["cause"]
    for part in (shown.text.zh.rstrip("。"), JOBS[shown.job].zh, shown.press.zh):
        assert part in item.zh, f"the item lacks {part!r}: {item.zh}"
    _nothing_secret(scene, case, item.zh, item.en, item.data)
    _written_once(scene, entity, *GOOD)
    wrong = str(case.bad.get(mark_field, "这一条不行"))
    assert wrong not in scene.marks(entity)

    right = wrong
    if case.fixed is None:
        scene.take_away(case.cause)
    else:
        scene.correct(entity, bad, case.fixed)
        right = str(case.fixed.get(mark_field, wrong))
        scene.poll()
    for left in scene.inbox():
        scene.hub.engine.resolve(left.id, choice="replay", revision=left.revision, who="test")
    _until(scene, lambda: _are_there(scene, entity, right) and not scene.inbox())
    scene.wait(60)
    scene.poll()
    assert scene.inbox() == [], [item.zh for item in scene.inbox()]
    _written_once(scene, entity, *GOOD, right)
    return shown


@play.register
def _(case: Own, scene: Scene) -> Shown:
    error = case.shows(scene)
    assert case.sees.error is not None
    assert type(error) is case.sees.error, error
    _nothing_secret(scene, case, error.as_json())
    return _as_read(case.sees, error.as_json())


def _others_go_on(scene: Scene, mark: str) -> None:
    if "customer" in scene.fed:
        scene.feed_another("customer", mark)
    for entity in scene.fed:
        report = scene.pull(scene.feed_at, entity)
        assert report.state == "ok", report
    scene.work()
    assert scene.state(scene.feed_at).state == "active"
    if "customer" in scene.sheets:
        assert mark in scene.titles("customer"), "the hub did not take in what another system said meanwhile"
        assert mark not in scene.marks("customer")


def _works_again(scene: Scene, mark: str, *, paused: bool) -> None:
    if paused:
        found = scene.check()
        assert found.error is None, found.error
        scene.resume()
    else:
        scene.wait()
    _until(scene, lambda: "customer" not in scene.sheets or _are_there(scene, "customer", mark))
    state = scene.state()
    assert (state.state, state.resume_at, state.failures) == ("active", None, 0), (state.state, state.reason)
    if "customer" in scene.sheets:
        _written_once(scene, "customer", mark)
    assert scene.inbox() == [], [item.zh for item in scene.inbox()]


def _until(scene: Scene, done: Callable[[], bool]) -> None:
    """Work until this holds: what backs off needs a second round. The assertions behind it say what is missing."""
    for _ in range(3):
        scene.poll()
        if done():
            return
        scene.wait(60)


def _are_there(scene: Scene, entity: str, *marks: str) -> bool:
    return set(marks) <= set(scene.marks(entity))


def _written_once(scene: Scene, entity: str, *marks: str) -> None:
    counted = Counter(scene.marks(entity))
    found = {mark: counted[mark] for mark in marks}
    assert set(found.values()) == {1}, (found, [item.zh for item in scene.inbox()], scene.state().reason)


def _refusal(case: AtRecord, item: Any) -> Shown:
    """What an inbox item tells: the vendor's refusal, or the findings of the mapping."""
    cause = item.data.get("cause") or {}
    if "error" in cause:
        return _as_read(case.sees, cause)
    assert case.sees.error is None, f"the mapping refused it before {case.sees.error} could: {item.zh}"
    problems = cause.get("problems") or item.data["problems"]
    text = {name: problems[0][name] for name in ("zh", "en")}
    return _as_read(case.sees, {**text, "error": "", "remedy": cause.get("remedy") or item.data["remedy"]})


def _usual(sees: Sees) -> Shown:
    remedy = sees.error.usual if sees.error else None
    assert remedy is not None
    return Shown(Text("写入时没有收到可信的答复", "No trustworthy reply came to the write"), remedy.job, remedy.press)


def _as_read(sees: Sees, told: Any) -> Shown:
    """The error as JSON, checked against what must be read."""
    if sees.error is not None:
        assert told["error"] == sees.error.__name__, told
    assert told["remedy"] is not None, f"nobody is told what to do: {told}"
    press = Text(**told["remedy"]["press"])
    assert told["remedy"]["job"] == sees.job, told
    lacking = [part for part in sees.says if part not in told["zh"]]
    assert not lacking, f"the message lacks {lacking}: {told['zh']}"
    assert sees.press, "a case names what is to be pressed"
    lacking = [part for part in sees.press if part not in press.zh]
    assert not lacking, f"what to press lacks {lacking}: {press.zh}"
    assert told["en"] and press.en
    assert not press.zh.endswith(("。", ".")) and not press.en.endswith(".")
    return Shown(Text(told["zh"], told["en"]), sees.job, press)


def _nothing_secret(scene: Scene, case: Case, *said: Any) -> None:
    """Neither the right secrets nor those that somebody typed by mistake are in anything that is shown."""
    config = open_config(scene.hub, scene.state()._asdict())
    hidden = {name for name in type(config).model_fields if isinstance(getattr(config, name), SecretStr)}
    cause = getattr(case, "cause", None)
    typed = {**scene.settings, **(cause.settings if cause else {})}
    secrets = [str(scene.settings.get(name) or "") for name in hidden] + [str(typed.get(name) or "") for name in hidden]
    shown = json.dumps(said, ensure_ascii=False, default=str)
    leaked = [secret for secret in secrets if len(secret) >= 4 and secret in shown]
    assert not leaked, f"secret in what people read: {shown}"
