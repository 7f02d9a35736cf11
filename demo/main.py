"""`make demo`, `hub demo`: the whole product on sandboxes, the main job through its production path, both sides compared."""

import argparse
import contextlib
import sys
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from demo import compare
from demo.cast import Cast, UnknownSystem, cast_of, company
from demo.hubapi import DemoFailed
from demo.money import Money
from demo.say import Say
from demo.stage import Stage
from demo.story import Story
from sandbox.seed import make_world
from sandbox.seed.model import World
from sandbox.seed.post import SEEDS
from sandbox.seed.truth import truth_table

SEED = 1


def run(customers: int = 2000, orders: int = 5000, serve: bool = False, systems: str = "") -> int:
    """Exit status: 0 when everything held, 1 when anything disagrees, 2 for a system that does not play.

    `serve` leaves it running until Ctrl-C; `systems` are the words of `cast_of`.
    """
    say = Say()
    try:
        cast = cast_of(systems)
    except UnknownSystem as error:
        say.console.print(str(error))
        return 2
    folder = Path.cwd() / ".hub" / "demo"
    try:
        with Stage(folder, cast.systems, settings=cast.settings) as stage:
            today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
            world = make_world(SEED, customers=customers, orders=orders, today=today)
            story = _tell(stage, say, cast, world)
            _end(stage, story, say)
            if serve:
                _serve(stage, say)
    except DemoFailed as error:
        say.check(str(error), False)
    except KeyboardInterrupt:
        return 1
    failed = say.failed
    seconds = time.monotonic() - say.began
    if failed:
        say.console.print(f"\n[bold red]演示失败 / demo failed: {len(failed)}[/bold red] — {failed[0]}")
        say.console.print(f"  日志 / log: {folder / 'hub.log'}")
        return 1
    say.console.print(
        f"\n[bold green]演示完成：{len(say.checks)} 项检查全部通过 / all checks held[/bold green]  {seconds:.0f} s"
    )
    return 0


def _tell(stage: Stage, say: Say, cast: Cast, world: World) -> Story:
    with say.chapter("准备各系统的数据", "seed the systems"):
        say.fact(f"全部进程已启动，用时 {stage.started:.1f} s / all processes are up")
        for name in cast.systems:
            say.counts(name, SEEDS[name](world, stage.sandboxes[name].url))
    story = Story(stage, say, company(cast, stage), truth_of(world))
    money = Money(story, world.today)
    titles = "、".join(player.title for player in story.company.players)
    erps = "、".join(erp.title for erp in story.erps)
    chapters = (
        (f"连接 {titles}", "connect", story.connect),
        (
            "首次接触：各系统都已有数据，只读、比对、报告",
            "first contact: all sides hold data; read, compare, report",
            story.first_contact,
        ),
        ("管理员处理疑似重复", "an admin decides the possible duplicates", story.decide_doubts),
        ("放行：首次同步", "release: first sync", story.release),
        ("日常：轮询与验签推送", "day to day: poll and verified pushes", story.incremental),
        ("两边同时修改：自动合并", "both sides edit: merged", story.both_sides),
        ("真正的冲突：由人决定", "a true conflict: a person decides", story.conflict),
        (f"{erps}故障：丢答复、迟到、报错", f"{erps} in trouble: lost and late replies, errors", story.outage),
        ("应收与收款回到财务", "receivables and receipts for finance", money.receivables),
        ("逾期应收：提醒业务员一次", "overdue: one alert to the salesperson", money.overdue_alert),
    )
    for zh, en, chapter in chapters:
        with say.chapter(zh, en):
            chapter()
    return story


def truth_of(world: World) -> list[dict[str, Any]]:
    """The seed's truth by role: all ERPs number the customers that they begin with alike."""
    table = truth_table(world)
    return [{"company": row["company"], "crm": row["ec"], "erp": row["kingdee"]} for row in table]


def _end(stage: Stage, story: Story, say: Say) -> None:
    with say.chapter(
        "逐条核对各方的记录（直接问各系统，不听中枢的）",
        "compare all sides record by record, asking the systems themselves",
    ):
        stage.api.idle("everything")
        customers = story.crm.customers()
        twins: dict[str, dict[str, str]] = {}
        for erp in story.erps:
            found = compare.customers(customers, erp.customers(), story.truth)
            twins[erp.system] = found.twins
            _verdict(say, f"客户 {found.matched} 对与{erp.title}一致 / customers agree", found)
        bills = {erp.system: erp.orders() for erp in story.erps}
        matched = compare.orders(story.crm.orders(), bills, twins)
        _verdict(say, f"订单 {matched.matched} 张逐行一致 / orders agree line by line", matched)
        for erp in story.erps:
            audited, all_of_them = sum(bill.final for bill in bills[erp.system]), len(bills[erp.system])
            what = f"{erp.title}的订单都已审核 / all orders are audited"
            say.check(what, audited == all_of_them > 0, f"{audited}/{all_of_them}")
    _tables(stage, story, say)


def _verdict(say: Say, what: str, found: compare.Comparison) -> None:
    say.check(what, not found.problems, f"{len(found.problems)} 处不一致" if found.problems else "")
    for line in found.problems[:10]:
        say.fact(line)


def _tables(stage: Stage, story: Story, say: Say) -> None:
    totals: Counter[tuple[str, str]] = Counter()
    for row in stage.api.rows("/runs"):
        for name, number in row["counts"].items():
            totals[(f"{row['connection']}/{row['entity']}", name)] += int(number)
    names = (
        "created",
        "linked",
        "updated",
        "stepped",
        "conflicted",
        "unknown",
        "found",
        "rejected",
        "failed",
    )
    flows = sorted({flow for flow, _name in totals})
    rows: list[list[Any]] = [[flow, *(totals[(flow, name)] or "" for name in names)] for flow in flows]
    say.table("移动了什么 / what was moved", ["连接/主数据 flow", *names], rows)
    inbox = Counter(item["kind"] for item in stage.api.rows("/inbox"))
    say.table(
        "还在等人的 / what still waits for a person",
        ["种类 kind", "条 items"],
        [[k, n] for k, n in sorted(inbox.items())],
    )


def _serve(stage: Stage, say: Say) -> None:
    say.console.print(f"\n[bold]继续运行 / left running[/bold]: {stage.url}  Ctrl-C 停止 / stops it")
    for name, sandbox in stage.sandboxes.items():
        say.fact(f"{name}: {sandbox.url}/_sandbox/health")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m demo", description="The whole product on sandboxes.")
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--orders", type=int, default=5000)
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--systems", default="", help="dingtalk,yonyou or all; default ec,kingdee,wecom")
    options = parser.parse_args()
    return run(options.customers, options.orders, options.serve, options.systems)


if __name__ == "__main__":
    sys.exit(main())
