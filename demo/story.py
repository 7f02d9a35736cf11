"""The main job as a story in chapters, each through the hub's API and as users of the vendors' systems."""

import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from demo.hubapi import HubApi, wait
from demo.say import Say
from demo.stage import Stage

READ_ORDER = (
    ("ec", "employee"),
    ("kingdee", "employee"),
    ("wecom", "employee"),
    ("kingdee", "product"),
    ("ec", "product"),
    ("ec", "customer"),
    ("kingdee", "customer"),
    ("ec", "contact"),
    ("kingdee", "contact"),
    ("ec", "order"),
    ("kingdee", "order"),
    ("kingdee", "receivable"),
    ("kingdee", "receipt"),
    ("kingdee", "settlement"),
)
RELEASED = (
    ("kingdee", "customer"),
    ("ec", "customer"),
    ("kingdee", "contact"),
    ("ec", "contact"),
    ("kingdee", "order"),
)
MASTERS = (("ec", "customer"), ("ec", "contact"), ("ec", "order"), ("kingdee", "product"), ("kingdee", "employee"))
TAX_FIELD = "81010002"


class Story:
    """One run of the demo. Facts that later chapters need are attributes."""

    def __init__(self, stage: Stage, say: Say, truth: Sequence[Mapping[str, Any]]) -> None:
        self.stage, self.say, self.truth = stage, say, truth
        self.api: HubApi = stage.api
        self.moved: Counter[str] = Counter()
        self.webhook_url = ""

    # --- connect ---

    def connect(self) -> None:
        for system, sandbox in self.stage.sandboxes.items():
            options = {"limits": [{"calls": 2000, "per_s": 1}]}  # a sandbox has no quota to protect
            self.api.post(
                "/connections", name=system, system=system, settings=dict(sandbox.credentials), options=options
            )
            tested = self.api.post(f"/connections/{system}/test")
            self.say.check(f"{system}：连接测试通过 / connection test", tested["ok"], str(tested["facts"])[:100])
        for system, entity in MASTERS:
            self.api.set_flow(system, entity, master=True)
        self.api.set_flow("kingdee", "order", wanted_stage="audited")

    # --- first contact ---

    def first_contact(self) -> None:
        """Reading has begun by itself with each connection; here every flow is read once more in full, and its runs added up."""
        for system, entity in READ_ORDER:
            run = self.api.pull(system, entity, full=True)
            counts = self._so_far(system, entity, run)
            error = "" if run["state"] == "ok" else str(run["error"])
            self.say.check(f"{system}/{entity} 读取平衡 / balanced", run["state"] == "ok", error or _counted(counts))
            self.moved.update({f"read {entity}": counts.get("fetched", 0)})
        before = self._erp_writes()
        self.say.check("放行之前没有写入任何系统 / nothing was written before the release", before == 0, f"{before}")

    def _so_far(self, system: str, entity: str, last: Mapping[str, Any]) -> dict[str, int]:
        found = Counter[str]()
        for run in self.api.rows("/runs", connection=system, entity=entity, kind="pull"):
            found.update({k: v for k, v in run["counts"].items() if k in ("created", "linked", "conflicted", "failed")})
        return {"fetched": last["counts"].get("fetched", 0), **{k: v for k, v in found.items() if v}}

    def _erp_writes(self) -> int:
        return sum(1 for s in ("ec", "kingdee") for _ in self.stage.journal(s))

    def decide_doubts(self) -> None:
        """An admin decides the possible duplicates; here the seed's truth table tells who is who."""
        decided = Counter[str]()
        company = {("ec", str(i)): t["company"] for t in self.truth for i in t["ec"]}
        company |= {("kingdee", str(n)): t["company"] for t in self.truth for n in t["kingdee"]}
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
        for system, entity in RELEASED:
            done = self.api.post(f"/flows/{self.api.flow(system, entity)['id']}/release")
            self.say.fact(f"{system}/{entity}：待写 {done.get('due', 0)}，待建 {done.get('wanted', 0)} / due, wanted")
        self.api.idle("first sync", timeout=300)
        for system, entity in RELEASED:
            self.api.set_flow(system, entity, every_s=5)
        for system, entity in (
            ("ec", "order"),
            ("kingdee", "receivable"),
            ("kingdee", "receipt"),
            ("kingdee", "settlement"),
        ):
            self.api.set_flow(system, entity, every_s=5)

    # --- day to day ---

    def incremental(self) -> None:
        by_poll, by_push = self._two_customers()
        self.stage.user_of("ec", "PUT", f"records/customer/{by_poll['crmId']}", {"memo": "轮询：客户要求月结"})
        token = self.stage.sandboxes["ec"].credentials["webhook_token"]
        self.webhook_url = f"{self.stage.url}/webhooks/ec?token={token}"
        self.stage.user_of("ec", "PUT", f"records/customer/{by_push['crmId']}", {"memo": "推送：客户要求季结"})
        answer = self.stage.user_of(
            "ec", "POST", "push", {"url": self.webhook_url, "event": "customer.update", "crmId": by_push["crmId"]}
        )
        self.say.check(
            "EC 的推送被验证后接收 / EC's push was verified and taken", answer["status"] == 200, str(answer)[:80]
        )
        forged = self.stage.user_of(
            "ec", "POST", "push", {"url": self.webhook_url[:-3] + "xyz", "event": "customer.update", "crmId": 1}
        )
        self.say.check(
            "伪造的推送被拒绝 / a forged push was refused", 400 <= forged["status"] < 500, str(forged["status"])
        )
        for row, text in ((by_poll, "轮询：客户要求月结"), (by_push, "推送：客户要求季结")):
            started = time.monotonic()
            twin = self._erp_of(row)["FCUSTID"]
            wait(lambda twin=twin, text=text: self._erp(twin)["FDescription"] == text, f"{text} at 金蝶", 60)  # type: ignore[misc]
            self.say.check(f"{text} → 金蝶", True, f"{time.monotonic() - started:.1f} s")
        self._wecom_callback()
        self.moved.update({"incremental edits": 3})

    def _wecom_callback(self) -> None:
        """A member's change arrives by 企业微信's encrypted, signed callback."""
        member = self.stage.records("wecom", "member")[0]
        self.stage.user_of("wecom", "PUT", f"records/member/{member['userid']}", {"position": "大区销售经理"})
        url = f"{self.stage.url}/webhooks/wecom"
        fields = {"UserID": member["userid"]}
        event = {"url": url, "event": "change_contact", "change_type": "update_user", "fields": fields}
        answer = self.stage.user_of("wecom", "POST", "push", event)
        self.say.check(
            "企业微信的加密回调通过验签 / 企业微信's encrypted callback was verified",
            answer["status"] == 200,
            str(answer)[:90],
        )
        tampered = self.stage.user_of("wecom", "POST", "push", {**event, "tamper": "signature"})
        refused = 400 <= tampered["status"] < 500
        self.say.check(
            "签名不对的回调被拒绝 / a callback with a wrong signature was refused", refused, str(tampered)[:60]
        )

    def _two_customers(self) -> tuple[Any, Any]:
        rows = [r for r in self.stage.records("ec", "customer") if r.get("company") and r["fields"].get(TAX_FIELD)]
        return rows[3], rows[7]

    def _erp_of(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """The 金蝶 customer with that EC customer's tax code."""
        tax = row["fields"][TAX_FIELD]
        found = [
            k
            for k in self.stage.records("kingdee", "BD_Customer")
            if tax in (k["FSOCIALCRECODE"], k["FTAXREGISTERCODE"])
        ]
        return found[0]

    def _erp(self, key: int) -> Any:
        return self.stage.ask("kingdee", "records/BD_Customer", id=key)["records"][0]

    def _crm(self, key: int) -> Any:
        return self.stage.ask("ec", "records/customer", id=key)["records"][0]

    def both_sides(self) -> None:
        """Disjoint edits of both sides merge by themselves."""
        rows = [r for r in self.stage.records("ec", "customer") if r.get("company") and r["fields"].get(TAX_FIELD)]
        row = rows[11]
        twin = self._erp_of(row)
        self.stage.user_of("ec", "PUT", f"records/customer/{row['crmId']}", {"companyUrl": "https://merge.example.com"})
        self.stage.user_of(
            "kingdee", "PUT", f"records/BD_Customer/{twin['FCUSTID']}?force=true", {"FFAX": "0571-87654321"}
        )

        def merged() -> bool:
            crm, erp = self._crm(row["crmId"]), self._erp(twin["FCUSTID"])
            return "merge.example.com" in str(erp["FWEBSITE"]) and "87654321" in str(crm["fax"])

        wait(merged, "both edits on both sides", 60)
        self.say.check("两边同时修改不同字段：自动合并 / disjoint edits merged", True)

    def conflict(self) -> None:
        """Both sides change the same field while neither has seen the other: a person decides."""
        rows = [r for r in self.stage.records("ec", "customer") if r.get("company") and r["fields"].get(TAX_FIELD)]
        row = rows[15]
        twin = self._erp_of(row)
        self._ask_about_addresses()
        self.api.post("/connections/ec/pause", reason="演示：先暂停，让两边都改 / demo")
        self.stage.user_of(
            "kingdee", "PUT", f"records/BD_Customer/{twin['FCUSTID']}?force=true", {"FADDRESS": "金蝶财务改的地址 1 号"}
        )
        self.api.pull("kingdee", "customer")
        self.stage.user_of("ec", "PUT", f"records/customer/{row['crmId']}", {"companyAddress": "销售改的地址 2 号"})
        self.api.post("/connections/ec/resume")
        item = wait(lambda: self._conflict_about("address"), "the conflict in the inbox", 60)
        self.say.check(
            "真正的冲突进入待处理，两个值都在 / a true conflict waits with both values", True, item["zh"][:70]
        )
        self.api.post(f"/inbox/{item['id']}/resolve", choice="remote", revision=item["revision"], reason="以销售为准")
        wait(lambda: self._erp(twin["FCUSTID"])["FADDRESS"] == "销售改的地址 2 号", "the decision at 金蝶", 60)
        self.say.check("按选择写到两边 / the decision reached both sides", True)
        self.moved.update({"conflicts resolved": 1})

    def _ask_about_addresses(self) -> None:
        """The admin wants to decide address conflicts herself: one word in the mapping, a new version, active at once."""
        known = next(m for m in self.api.rows("/mappings", system="ec", entity="customer") if m["active"])
        text = self.api.text(f"/mappings/{known['id']}/export")
        line = "native: companyAddress\n"
        changed = text.replace(line, f"{line}    policy: manual\n", 1)
        kept = self.api.post("/mappings", yaml=changed)
        self.api.post(f"/mappings/{kept['id']}/activate", mode="future")
        self.say.check(
            "映射改一个词（地址冲突由人决定），新版本立即生效 / one word changed in a mapping", changed != text
        )

    def _conflict_about(self, field: str) -> Any:
        return next((i for i in self.api.rows("/inbox", kind="conflict") if i["field"] == field), None)

    # --- trouble ---

    def outage(self) -> None:
        """New orders while 金蝶 loses replies, answers late or not at all. Nothing may be lost or doubled."""
        sales = self.stage.records("ec", "sale")[:40]
        for kind, count in (
            ("commit_then_drop", 3),
            ("late_commit", 2),
            ("drop_before_commit", 2),
            ("http_500", 2),
            ("garbage", 1),
        ):
            fault = {"kind": kind, "count": count, "match": {"path": "BatchSave"}, "delay_s": 1}
            self.stage.user_of("kingdee", "POST", "faults", fault)
        fresh = [_copy_of(sale, number) for number, sale in enumerate(sales)]
        for start in range(0, len(fresh), 8):
            self.stage.user_of("ec", "POST", "records/sale", fresh[start : start + 8])
            threading.Event().wait(0.7)
        self.api.pull("ec", "order")
        self.api.idle("orders after the outage", timeout=150, settle=6)
        fired = self.stage.ask("kingdee", "faults")
        self.say.fact(f"故障已触发 / faults that struck: {_fired(fired)}")
        self.stage.user_of("kingdee", "DELETE", "faults")
        self.moved.update({"orders made during the outage": len(fresh)})


def _copy_of(sale: Mapping[str, Any], number: int) -> dict[str, Any]:
    lines = [{k: p[k] for k in p if k not in ("id", "saleId")} for p in sale["product"]]
    return {
        "crmId": sale["crmId"],
        "userId": sale["userId"],
        "status": "2",
        "projectName": f"停机期间的订单 {number}",
        "dealDate": f"2026-11-{1 + number % 20:02d} 10:00:00",
        "product": lines,
    }


def _fired(faults: Any) -> str:
    kinds = Counter(str(fault["kind"]) for fault in faults["fired"])
    return "，".join(f"{kind} ×{count}" for kind, count in kinds.items())


def _counted(counts: Mapping[str, int]) -> str:
    return "  ".join(f"{name}={number}" for name, number in counts.items())
