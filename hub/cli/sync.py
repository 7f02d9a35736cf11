"""hub sync: one pull or push, in this process with progress, or through the queue."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from hub.cli.desk import AsJson, Desk, columns, desk_of
from hub.cli.words import word
from hub.errors import BadInput, Text
from hub.setup import steering
from hub.setup.flows import known_flow
from hub.setup.known import known_connection
from hub.store import runs as store
from hub.store.paging import PageRequest
from hub.sync.tasks import RunReport, Task

#: States of a run that are no failure.
FINE = frozenset({"ok", "idle"})
REFRESH_S = 0.5
BUSY_S = 120.0
#: What to do about a state that does not explain itself.
MEANING = {
    "busy": Text(
        "别的进程正在处理这个同步流，请稍后再试，或用 --queue 排队",
        "Another process works on this flow; try later, or --queue",
    ),
    "unbalanced": Text(
        "读到的与处理的对不上，检查点未移动，请重试",
        "What was read and what was handled differ; the checkpoint stays, try again",
    ),
}

_PAYLOADS = columns(
    title="记录 / Record",
    action="动作 / Action",
    id="对方编号 / Id there",
    step="步骤 / Step",
    payload="将发送 / Would be sent",
    why="为何不发 / Why not",
)


def register(app: typer.Typer) -> None:
    app.command("sync")(sync)


def sync(  # noqa: PLR0913 - one parameter per option
    ctx: typer.Context,
    connection: Annotated[str, typer.Argument(help="连接 / Connection")],
    entity: Annotated[str, typer.Argument(help="主数据 / Entity")],
    *,
    full: Annotated[bool, typer.Option("--full", help="全量 / Everything, not only changes")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="试运行，不写入 / Try it without writing")] = False,
    push: Annotated[bool, typer.Option("--push", help="推送而不是拉取 / Push instead of pull")] = False,
    limit: Annotated[int, typer.Option(min=1, help="试推送时最多列出的记录 / Records that a dry push lists")] = 20,
    queue: Annotated[bool, typer.Option("--queue", help="交给工作进程 / Leave it to the workers")] = False,
    as_json: AsJson = False,
) -> None:
    """拉取或推送一次 / Pull or push once"""
    desk = desk_of(ctx)
    if push and full:
        raise BadInput("--full 只用于拉取", "--full is for pulls", field="--full")
    flow_id = steering.flow_id_of(desk.hub, connection, entity)
    if queue:
        desk.hub.notify(Task("push" if push else "pull", flow_id, full, "person"))
        desk.say("已排队", "Queued")
        return
    payloads = desk.hub.engine.preview_push(flow_id, limit=limit) if push and dry_run else []
    with _progress(desk, connection, entity):
        report = _run(_work(desk, flow_id, push=push, full=full, dry=dry_run))
    _print(desk, report, flow_id, payloads, as_json=as_json)
    if report.state not in FINE:
        raise typer.Exit(1)


def _work(desk: Desk, flow_id: int, *, push: bool, full: bool, dry: bool) -> Callable[[], RunReport]:
    engine = desk.hub.engine
    if push and dry:
        return lambda: steering.dry_push(desk.hub, engine, flow_id)
    if push:
        return lambda: engine.push(flow_id, trigger="person")
    return lambda: engine.pull(flow_id, full=full, trigger="person", dry=dry)


def _run(work: Callable[[], RunReport]) -> RunReport:
    """Until nothing is left to do; the counts of all rounds together."""
    counts: dict[str, int] = {}
    patience = time.monotonic() + BUSY_S
    while True:
        report = work()
        if report.state == "busy" and time.monotonic() < patience:
            time.sleep(REFRESH_S)  # a worker reads this flow: wait for it rather than send the person away
            continue
        for name, count in report.counts.items():
            counts[name] = counts.get(name, 0) + count
        if not report.more or report.state not in FINE:
            return RunReport(report.run_id, report.state, counts, report.error, report.more)


def _why_idle(desk: Desk, flow_id: int) -> tuple[str, str]:
    """Why a push had nothing to do: an admin may be waiting for something that waits for the admin."""
    with desk.hub.db.read() as tx:
        flow = known_flow(tx, flow_id)
    at, entity = flow["connection"], flow["entity"]
    if not flow["push"]:
        return f"{at} 的 {entity} 没有打开推送", f"{entity} is not pushed to {at}"
    if flow["released_at"] is None:
        command = f"hub connections release {at} {entity}"
        return f"尚未放行写入：核对后执行 {command}", f"writing is not released yet: check, then run {command}"
    return "没有要推送的", "nothing is due"


def _print(desk: Desk, report: RunReport, flow_id: int, payloads: list[dict[str, Any]], *, as_json: bool) -> None:
    shown = {"run": report.run_id, "state": report.state, "counts": report.counts, "error": report.error}
    if as_json:
        desk.json(shown | ({"payloads": payloads} if payloads else {}))
        return
    if payloads:
        desk.rows([row | {"why": {"zh": row["zh"], "en": row["en"]}} for row in payloads], _PAYLOADS, as_json=False)
    rows = [{"outcome": name, "count": count} for name, count in report.counts.items()]
    if rows:
        desk.rows(rows, columns(outcome="结果 / Outcome", count="条数 / Rows"), as_json=False)
    state = word(report.state)
    if report.run_id is not None:
        quiet = ("", "") if rows or report.error else ("（没有变化）", " (nothing changed)")
        desk.say(f"任务 {report.run_id}：{state.zh}{quiet[0]}", f"run {report.run_id}: {state.en}{quiet[1]}")
    elif report.state == "idle":
        desk.say(*_why_idle(desk, flow_id))
    else:
        desk.say(state.zh, state.en)
    _say_more(desk, report)


def _say_more(desk: Desk, report: RunReport) -> None:
    """What went wrong, and what to do about it."""
    if report.error:
        desk.say(str(report.error.get("zh", "")), str(report.error.get("en", "")))
    if report.state in MEANING:
        desk.say(MEANING[report.state].zh, MEANING[report.state].en)
    if report.state == "paused":
        desk.say(
            "改正后执行 hub connections resume；凭据有误时先用 hub connections change --set 名称=值",
            "after fixing it: hub connections resume; wrong credentials: first hub connections change --set name=value",
        )


@contextmanager
def _progress(desk: Desk, connection: str, entity: str) -> Iterator[None]:
    """A line that shows the counts as they grow, where somebody watches."""
    if not desk.console.is_terminal:
        yield
        return
    done = threading.Event()
    with desk.console.status(f"{connection} {entity} …") as status:

        def watch() -> None:
            while not done.wait(REFRESH_S):
                counts = _counts(desk, connection, entity)
                status.update(f"{connection} {entity} " + " ".join(f"{name}={count}" for name, count in counts.items()))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def _counts(desk: Desk, connection: str, entity: str) -> dict[str, Any]:
    with desk.hub.db.read() as tx:
        wanted = store.RunFilter(known_connection(tx, connection)["id"], entity, state="running")
        rows = store.list_runs(tx, wanted, PageRequest(1)).rows
    return dict(rows[0]["counts"]) if rows else {}
