"""The main job as a story in chapters, each through the hub's API and as users of the vendors' systems."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from demo.cast import Company
from demo.hubapi import HubApi, wait
from demo.roles import Erp, Party, Player
from demo.say import Say
from demo.stage import Stage

READ = ("employee", "product", "customer", "contact", "order", "receivable", "receipt", "settlement")
FAULTS = (
    ("commit_then_drop", 3),
    ("late_commit", 2),
    ("drop_before_commit", 2),
    ("http_500", 2),
    ("garbage", 1),
)
OUTAGE_ORDERS = 40


class Story:
    """One run of the demo. `truth` says which records are one company: {"company", "crm": keys, "erp": numbers}."""

    def __init__(self, stage: Stage, say: Say, company: Company, truth: Sequence[Mapping[str, Any]]) -> None:
        self.stage, self.say, self.company, self.truth = stage, say, company, truth
        self.crm, self.erps = company.crm, company.erps
        self.api: HubApi = stage.api
        self.moved: Counter[str] = Counter()

    # --- connect ---

    def connect(self) -> None:
        for system, sandbox in self.stage.sandboxes.items():
            options = {"limits": [{"calls": 2000, "per_s": 1}]}  # a sandbox has no quota to protect
            self.api.post(
                "/connections", name=system, system=system, settings=dict(sandbox.credentials), options=options
            )
            tested = self.api.post(f"/connections/{system}/test")
            self.say.check(f"{system}：连接测试通过 / connection test", tested["ok"], str(tested["facts"])[:100])
        for entity in ("customer", "contact", "order"):
            self.api.set_flow(self.crm.system, entity, master=True)
        for entity in ("product", "employee"):
            self.api.set_flow(self.erps[0].system, entity, master=True)
        for erp in self.erps:
            self.api.set_flow(erp.system, "order", wanted_stage="audited")

    def flows(self, *entities: str, of: Sequence[Player] = ()) -> Iterator[tuple[str, str]]:
        """(connection, entity) of those that exist; by entity, then by player."""
        players = of or self.company.players
        there = {p.system: {row["entity"] for row in self.api.rows("/flows", connection=p.system)} for p in players}
        for entity in entities:
            for player in players:
                if entity in player.entities and entity in there[player.system]:
                    yield player.system, entity

    # --- first contact ---

    def first_contact(self) -> None:
        """Reading has begun by itself with each connection; here every flow is read once more in full, and its runs added up."""
        for system, entity in self.flows(*READ):
            run = self.api.pull(system, entity, full=True)
            counts = self._so_far(system, entity, run)
            error = "" if run["state"] == "ok" else str(run["error"])
            self.say.check(f"{system}/{entity} 读取平衡 / balanced", run["state"] == "ok", error or _counted(counts))
            self.moved.update({f"read {entity}": counts.get("fetched", 0)})
        before = sum(1 for player in (self.crm, *self.erps) for _ in self.stage.journal(player.system))
        self.say.check("放行之前没有写入任何系统 / nothing was written before the release", before == 0, f"{before}")

    def _so_far(self, system: str, entity: str, last: Mapping[str, Any]) -> dict[str, int]:
        found = Counter[str]()
        for run in self.api.rows("/runs", connection=system, entity=entity, kind="pull"):
            found.update({k: v for k, v in run["counts"].items() if k in ("created", "linked", "conflicted", "failed")})
        return {"fetched": last["counts"].get("fetched", 0), **{k: v for k, v in found.items() if v}}

    def decide_doubts(self) -> None:
        """An admin decides the possible duplicates; here the seed's truth table tells who is who."""
        decided = Counter[str]()
        company = {(self.crm.system, str(i)): t["company"] for t in self.truth for i in t["crm"]}
        company |= {(erp.system, str(n)): t["company"] for erp in self.erps for t in self.truth for n in t["erp"]}
        for item in list(self.api.rows("/inbox", kind="possible_duplicate")):
            mine = self._companies(item["record_id"], company)
            named = (
                item["data"]["candidates"] if item["entity"] == "employee" else []
            )  # nobody shares a name in this company
            same = named or [c for c in item["data"]["candidates"] if mine & self._companies(c, company)]
            choice = {"choice": "link", "value": same[0]} if same else {"choice": "separate"}
            self.api.post(f"/inbox/{item['id']}/resolve", revision=item["revision"], reason="demo", **choice)
            decided[choice["choice"]] += 1
        self.say.fact(
            f"疑似重复：合并 {decided['link']}，分开 {decided['separate']} / possible duplicates: linked, kept apart"
        )
        self.moved.update({"possible duplicates decided": sum(decided.values())})

    def _companies(self, record_id: int, company: Mapping[tuple[str, str], Any]) -> set[Any]:
        record = self.api.get(f"/records/{record_id}")
        names = {(b["connection"], b[k]) for b in record["bindings"] for k in ("external_id", "number") if b[k]}
        return {company[name] for name in names if name in company} or {("record", record_id)}

    def release(self) -> None:
        self._share_orders()
        released = [
            *self.flows("customer", "contact", of=(*self.erps, self.crm)),
            *self.flows("order", of=self.erps),
        ]
        for system, entity in released:
            done = self.api.post(f"/flows/{self.api.flow(system, entity)['id']}/release")
            self.say.fact(f"{system}/{entity}：待写 {done.get('due', 0)}，待建 {done.get('wanted', 0)} / due, wanted")
        self.api.idle("first sync", tell=self.say.fact)
        ours = self.flows("receivable", "receipt", "settlement", of=self.erps)
        for system, entity in [*released, (self.crm.system, "order"), *ours]:
            self.api.set_flow(system, entity, every_s=5)

    def _share_orders(self) -> None:
        """Several ERPs: master data goes to each, an order to one. The first half of the salespeople books in the first."""
        if len(self.erps) < 2:
            return
        first, second = self.erps[:2]
        people = sorted(row["id"] for row in self.api.rows("/records", entity="employee"))
        team = people[: len(people) // 2]
        for erp, op in ((first, "in"), (second, "not_in")):
            usual = self.api.flow(erp.system, "order")["filter"]
            wanted = [*usual, {"field": "owner", "op": op, "value": team}]
            self.api.set_flow(erp.system, "order", push=True, create=True, filter=wanted)
        self.say.fact(f"订单按销售区域分到 {first.title} 和 {second.title} / orders are shared out by sales team")

    # --- day to day ---

    def incremental(self) -> None:
        by_poll, by_push = self._known(3), self._known(7)
        sites = {by_poll.key: "https://poll.example.com", by_push.key: "https://push.example.com"}
        self.crm.edit(by_poll.key, website=sites[by_poll.key])
        self.crm.edit(by_push.key, website=sites[by_push.key])
        title = self.crm.title
        answer = self.crm.push(self.stage.url, by_push.key)
        self.say.check(
            f"{title} 的推送被验证后接收 / {title}'s push was verified and taken",
            answer["status"] == 200,
            str(answer)[:80],
        )
        forged = self.crm.push(self.stage.url, by_push.key, forged=True)
        self.say.check(
            "伪造的推送被拒绝 / a forged push was refused", 400 <= forged["status"] < 500, str(forged["status"])
        )
        for party, way in ((by_poll, "轮询 / poll"), (by_push, "推送 / push")):
            self._arrives(party, "website", sites[party.key].removeprefix("https://"), way)
        self._callbacks()
        self.moved.update({"incremental edits": 2 + len(self.company.chats)})

    def _arrives(self, party: Party, field: str, text: str, way: str) -> None:
        started = time.monotonic()
        for erp, twin in self._twins(party):
            self._shows(erp, twin.key, field=field, text=text)
            self.say.check(f"{way}：{text} → {erp.title}", True, f"{time.monotonic() - started:.1f} s")

    def _shows(self, erp: Erp, key: str, *, field: str, text: str) -> None:
        wait(lambda: text in erp.customer(key).fields[field], f"{text} at {erp.title}", 60)

    def _callbacks(self) -> None:
        """A member's change arrives by each chat's encrypted, signed callback."""
        for chat in self.company.chats:
            answer = chat.change_member(self.stage.url)
            self.say.check(
                f"{chat.title}的加密回调通过验签 / {chat.title}'s encrypted callback was verified",
                answer["status"] == 200,
                str(answer)[:90],
            )
            tampered = chat.change_member(self.stage.url, tampered=True)
            refused = 400 <= tampered["status"] < 500
            self.say.check(
                f"{chat.title}：签名不对的回调被拒绝 / a callback with a wrong signature was refused",
                refused,
                str(tampered)[:60],
            )

    def _known(self, place: int) -> Party:
        """A company of the CRM with a tax code."""
        return [row for row in self.crm.customers() if row.company and row.tax_code][place]

    def _twins(self, party: Party) -> list[tuple[Erp, Party]]:
        """The customer with that tax code at each ERP."""
        return [(erp, next(row for row in erp.customers() if party.tax_code in row.tax_codes)) for erp in self.erps]

    def both_sides(self) -> None:
        """Disjoint edits of both sides merge by themselves."""
        party = self._known(11)
        twins = self._twins(party)
        self.crm.edit(party.key, website="https://merge.example.com")
        erp, twin = twins[0]
        erp.edit(twin.key, fax="0571-87654321")

        def merged() -> bool:
            sides = [self.crm.customer(party.key), *(other.customer(row.key) for other, row in twins)]
            return all(
                "merge.example.com" in s.fields["website"] and "87654321" in s.fields["fax"].replace("-", "")
                for s in sides
            )

        wait(merged, "both edits on all sides", 60)
        self.say.check(
            "两边同时修改不同字段：自动合并 / disjoint edits merged", True, f"{1 + len(twins)} 个系统 / systems"
        )

    def conflict(self) -> None:
        """Both sides change the same field while neither has seen the other: a person decides."""
        party = self._known(15)
        twins = self._twins(party)
        self._ask_about_addresses()
        self.api.post(f"/connections/{self.crm.system}/pause", reason="演示：先暂停，让两边都改 / demo")
        erp, twin = twins[0]
        erp.edit(twin.key, address=f"{erp.title}财务改的地址 1 号")
        self.api.pull(erp.system, "customer")
        self.crm.edit(party.key, address="销售改的地址 2 号")
        self.api.post(f"/connections/{self.crm.system}/resume")
        item = wait(lambda: self._conflict_about("address"), "the conflict in the inbox", 60)
        self.say.check(
            "真正的冲突进入待处理，两个值都在 / a true conflict waits with both values", True, item["zh"][:70]
        )
        self.api.post(f"/inbox/{item['id']}/resolve", choice="remote", revision=item["revision"], reason="以销售为准")
        for other, row in twins:
            self._shows(other, row.key, field="address", text="销售改的地址 2 号")
        self.say.check("按选择写到各方 / the decision reached all sides", True)
        self.moved.update({"conflicts resolved": 1})

    def _ask_about_addresses(self) -> None:
        """The admin wants to decide address conflicts herself: one word in the mapping, a new version, active at once."""
        known = next(m for m in self.api.rows("/mappings", system=self.crm.system, entity="customer") if m["active"])
        text = self.api.text(f"/mappings/{known['id']}/export")
        changed = self.crm.own_conflicts(text)
        kept = self.api.post("/mappings", yaml=changed)
        self.api.post(f"/mappings/{kept['id']}/activate", mode="future")
        self.say.check(
            "映射改一个词（地址冲突由人决定），新版本立即生效 / one word changed in a mapping", changed != text
        )

    def _conflict_about(self, field: str) -> Any:
        return next((i for i in self.api.rows("/inbox", kind="conflict") if i["field"] == field), None)

    # --- trouble ---

    def outage(self) -> None:
        """New orders while the ERP loses replies, answers late or not at all. Nothing may be lost or doubled."""
        for erp in self.erps:
            for kind, count in FAULTS:
                erp.break_saves(kind, count)
        for start in range(0, OUTAGE_ORDERS, 8):
            self.crm.book(start, 8)
            threading.Event().wait(0.7)
        self.api.pull(self.crm.system, "order")
        self.api.idle("orders after the outage", patience=150, settle=6)
        for erp in self.erps:
            fired = self.stage.ask(erp.system, "faults")
            self.say.fact(f"{erp.title}故障已触发 / faults that struck: {_fired(fired)}")
            self.stage.user_of(erp.system, "DELETE", "faults")
        self.moved.update({"orders made during the outage": OUTAGE_ORDERS})


def _fired(faults: Any) -> str:
    kinds = Counter(str(fault["kind"]) for fault in faults["fired"])
    return "，".join(f"{kind} ×{count}" for kind, count in kinds.items())


def _counted(counts: Mapping[str, int]) -> str:
    return "  ".join(f"{name}={number}" for name, number in counts.items())
