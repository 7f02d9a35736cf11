"""Tryton: what a real server refuses. Nothing here is canned but maintenance pages and a firewall's; the rest a person at Tryton brings
about with the server's own means."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    PermissionMissing,
    RateLimited,
    Text,
    ValidationFailed,
)
from tests.contract.badinput.frame import AtConnection, AtRecord, Case, Cause, Ground, NotThere, Row, Sees, Sheet, Suite
from tests.contract.badinput.pages import page, pages
from tests.contract.badinput.scene import Scene
from tests.tryton.environment import running, template
from tests.tryton.gateway import HUB, SECRET, Desk, open_gateway

FIELDS = {"party.party": ["name"], "sale.sale": ["comment"], "product.product": ["template."]}
FORBIDDEN_PAGE = "<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>"
USERS, MENU = "管理 → 用户 → 用户", "hub connections change"


class TrytonServer:
    """A real Tryton behind the tests' gateway."""

    def __init__(self) -> None:
        self._open = ExitStack()
        built = template()
        folder = Path(self._open.enter_context(TemporaryDirectory()))
        url = self._open.enter_context(running(built.python, built.database, folder))
        self._gateway = self._open.enter_context(open_gateway(url, built))
        self._web = self._open.enter_context(httpx.Client(timeout=60, trust_env=False))
        assert self._gateway.sandbox is not None
        self.desk: Desk = self._gateway.sandbox.store.desk  # type: ignore[attr-defined]
        self.facts: Mapping[str, Any] = built.facts

    @property
    def credentials(self) -> Mapping[str, Any]:
        return {**self._gateway.credentials, "username": HUB, "password": SECRET}

    def control(self, method: str, path: str, body: Any = None) -> Any:
        reply = self._web.request(method, f"{self._gateway.url}/_sandbox/{path}", json=body)
        assert reply.is_success, f"{method} {path}: {reply.status_code} {reply.text[:300]}"
        return reply.json()

    def reset(self) -> None:
        self.control("POST", "reset")
        self.desk.make_hub_user()

    def bring(self, cause: Cause) -> None:
        for fault in cause.faults:
            self.control("POST", "faults", {"rate": 1.0, **fault})

    def take_away(self) -> None:
        self.control("DELETE", "faults")

    def seed(self, kind: str, *rows: Row) -> None:
        self.control("POST", f"records/{kind}", list(rows))

    def rows(self, kind: str) -> list[Row]:
        names = ["template.name"] if kind == "product.product" else FIELDS[kind]
        found: list[Row] = self.desk.call(f"model.{kind}.search_read", [], 0, None, None, names, active_test=False)
        return found

    def advance(self, seconds: float) -> None:
        self.control("POST", "clock", {"advance_s": seconds})

    def stop(self) -> None:
        self._open.close()


def desk(scene: Scene) -> Desk:
    assert isinstance(scene.server, TrytonServer)
    return scene.server.desk


def without(group: str) -> Cause:
    """The administrator of Tryton takes the hub's user out of a group, and puts it in again."""

    def change(scene: Scene, act: str) -> None:
        desk(scene).call("model.res.user.write", [hub_user(scene)], {"groups": [[act, desk(scene).groups(group)]]})

    return Cause(at=lambda scene: change(scene, "remove"), gone=lambda scene: change(scene, "add"))


def hub_user(scene: Scene) -> int:
    [found] = desk(scene).call("model.res.user.search", [["login", "=", HUB]], 0, None, None, active_test=False)
    return int(found)


def archive_user(scene: Scene, *, active: bool = False) -> None:
    desk(scene).call("model.res.user.write", [hub_user(scene)], {"active": active})


def lock_out(scene: Scene) -> None:
    """Somebody guesses the password too often, and the hub's session ends."""
    archive_user(scene)
    archive_user(scene, active=True)
    asked = {"id": 1, "method": "common.db.login", "params": [HUB, {"password": "guess"}, "en"]}
    statuses = [desk(scene).web.post("/erp/rpc/", json=asked).status_code for _ in range(8)]
    assert statuses[-1] == 429, statuses


def let_in(scene: Scene) -> None:
    """As time does."""
    desk(scene).test("sql", sql="DELETE FROM res_user_login_attempt", given=[])


def take_address(scene: Scene) -> None:
    """Somebody archives the only address of a customer."""
    scene.ids["elsewhere"] = scene.feed_another("customer", "没有地址的公司")
    scene.poll()
    _address(scene, active=False)


def give_address_back(scene: Scene) -> None:
    _address(scene, active=True)


def _address(scene: Scene, *, active: bool) -> None:
    [party] = desk(scene).call("model.party.party.search", [["name", "=", "没有地址的公司"]], 0, None, None)
    found = desk(scene).call("model.party.address.search", [["party", "=", party]], 0, None, None, active_test=False)
    desk(scene).call("model.party.address.write", found, {"active": active})


def _credentials() -> tuple[Case, ...]:
    refused = Sees(CredentialsRejected, "hub_admin", ("用户名或密码",), (USERS, MENU, "测试并恢复"))
    return (
        AtConnection(
            kind="secret_wrong",
            name=Text("密码错", "password"),
            sees=refused,
            cause=Cause(settings={"password": "wrong-password"}),
        ),
        AtConnection(
            kind="app_unknown",
            name=Text("用户不存在", "user unknown"),
            sees=refused,
            cause=Cause(settings={"username": "nobody"}),
        ),
        AtConnection(
            kind="tenant_wrong",
            name=Text("数据库不存在", "database unknown"),
            sees=Sees(ConfigInvalid, "hub_admin", ("nowhere", "数据库"), ("登录窗口", MENU)),
            cause=Cause(settings={"database": "nowhere"}),
        ),
        AtConnection(
            kind="tenant_wrong",
            name=Text("公司不存在", "company unknown"),
            sees=Sees(ConfigInvalid, "hub_admin", ("没有的公司",), ("公司 → 公司", MENU)),
            cause=Cause(settings={"company": "没有的公司"}),
        ),
        AtConnection(
            kind="tenant_wrong",
            name=Text("客户类别不存在", "customer category unknown"),
            sees=Sees(ConfigInvalid, "hub_admin", ("没有的类别",), ("往来单位 → 配置 → 类别", MENU)),
            cause=Cause(settings={"customer_category": "没有的类别"}),
            entity="customer",
        ),
        AtConnection(
            kind="app_disabled",
            name=Text("用户被停用", "user archived"),
            sees=refused,
            cause=Cause(at=archive_user, gone=lambda scene: archive_user(scene, active=True)),
        ),
        AtConnection(
            kind="app_disabled",
            name=Text("登录失败太多，暂时锁住", "locked out after failed logins"),
            sees=Sees(RateLimited, "nobody", ("登录失败次数太多",), ("会自动重试",)),
            cause=Cause(at=lock_out, gone=let_in),
        ),
    )


def _rights() -> tuple[Case, ...]:
    menus = (USERS, "Account Product Administration", "测试并恢复")
    return (
        AtConnection(
            kind="permission_missing",
            name=Text("不在 Sales 组", "not in the group Sales"),
            sees=Sees(PermissionMissing, "system_admin", ("没有权限", "Sale"), menus),
            cause=without("Sales"),
            entity="order",
        ),
        AtConnection(
            kind="permission_missing",
            name=Text(
                "不在 Account Product Administration 组，写入时",
                "not in the group Account Product Administration, when writing",
            ),
            sees=Sees(PermissionMissing, "system_admin", ("没有权限", "Product"), menus),
            cause=without("Account Product Administration"),
            entity="product",
            noticed_by="writing",
        ),
        AtConnection(
            kind="address_blocked",
            name=Text("前面的防火墙拒绝", "refused by the firewall in front"),
            sees=Sees(PermissionMissing, "system_admin", ("HTTP 403", "403 Forbidden"), ("出口地址",)),
            cause=Cause(faults=(page(403, FORBIDDEN_PAGE),)),
        ),
    )


def lines(**changes: Any) -> Row:
    line = {"product": "@product", "quantity": "2", "price": "100.10", "tax_rate": "13"}
    return {"lines": [{**line, **changes}]}


RECORDS: tuple[Case, ...] = (
    AtRecord(
        kind="unit_unknown",
        name=Text("产品的单位 Tryton 没有", "a product's unit that Tryton does not have"),
        sees=Sees(ValidationFailed, "system_admin", ("单位", "麻袋"), ("产品 → 配置 → 计量单位", "重试")),
        entity="product",
        bad={"unit": "麻袋"},
        fixed={"unit": "Unit"},
    ),
    AtRecord(
        kind="unit_unknown",
        name=Text("数量有小数，单位只收整数", "a fraction of a unit that is counted"),
        sees=Sees(ValidationFailed, "author", ("Quantity", "2.5"), ("改正这个值",)),
        entity="order",
        bad=lines(quantity="2.5"),
        fixed=lines(quantity="3"),
    ),
    AtRecord(
        kind="tax_unknown",
        name=Text("订单行的税率", "the rate of an order line"),
        sees=Sees(ValidationFailed, "finance", ("销项税率", "7%"), ("财务 → 配置 → 税", "重试")),
        entity="order",
        bad=lines(tax_rate="7"),
        fixed=lines(tax_rate="13"),
    ),
    AtRecord(
        kind="tax_unknown",
        name=Text("产品的税率没有会计类别", "a product's rate without an account category"),
        sees=Sees(ValidationFailed, "finance", ("会计类别", "7%"), ("产品 → 配置 → 类别", "重试")),
        entity="product",
        bad={"tax_rate": "7"},
        fixed={"tax_rate": "13"},
    ),
    AtRecord(
        kind="name_too_long",
        name=Text("备注超过映射的 2000 字", "a remark over the mapping's 2000 characters"),
        sees=Sees(None, "author", ("remark", "2000"), ("改正这条记录",)),
        entity="order",
        bad={"remark": "长" * 2001},
        fixed={"remark": "不再太长的备注"},
    ),
    AtRecord(
        kind="characters_forbidden",
        name=Text("名称里有制表符", "a tab in a name"),
        sees=Sees(ValidationFailed, "author", ("不收的字符", "Name"), ("去掉换行和制表符",)),
        entity="customer",
        bad={"name": "有制\t表符的公司"},
        fixed={"name": "没有制表符的公司"},
    ),
    AtRecord(
        kind="value_missing",
        name=Text("产品没有单位", "product without a unit"),
        sees=Sees(None, "author", ("unit",), ("补填 unit",)),
        entity="product",
        bad={"unit": None},
        fixed={"unit": "Unit"},
    ),
    AtRecord(
        kind="reference_unknown",
        name=Text("客户的地址被停用", "the customer's address was archived"),
        sees=Sees(ValidationFailed, "author", ("没有地址",), ("补一个地址", "重试")),
        entity="order",
        bad={"customer": "@elsewhere"},
        cause=Cause(at=take_address, gone=give_address_back),
    ),
)
NOT_THERE: tuple[Case, ...] = (
    NotThere(
        kind="user_unlicensed",
        why=Text("Tryton 是自由软件，没有许可数", "Tryton is free software: there are no licences to count"),
    ),
    NotThere(
        kind="quota_used",
        why=Text("自己的服务器，没有调用次数", "one's own server has no quota of calls"),
    ),
    NotThere(
        kind="period_closed",
        why=Text(
            "中枢不过账：订单到确认或处理为止，发票和收款由会计在 Tryton 里过账，期间在那里管",
            "the hub posts nothing: it takes a sale as far as its processing; invoices and receipts are posted in Tryton, where the "
            "period counts",
        ),
    ),
)

SUITES = (
    Suite(
        system="tryton",
        title=Text("Tryton", "Tryton"),
        start=TrytonServer,
        ground=Ground(
            entities=("employee", "product", "customer", "order"),
            sheets={
                "product": Sheet("product.product", lambda row: str((row.get("template.") or {}).get("name") or "")),
                "customer": Sheet("party.party", "name"),
                "order": Sheet("sale.sale", "comment"),
            },
            seed={
                "company.employee": ({"name": "张三", "mobile": "13800000001"},),
            },
            usual={"product": {"unit": "Unit", "specification": None}},
        ),
        cases=(*_credentials(), *_rights(), *pages("tryton"), *RECORDS, *NOT_THERE),
    ),
)
