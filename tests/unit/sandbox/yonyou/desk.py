"""Small clients of both 用友 sandboxes, written from the vendor note alone: no code of the sandbox in them."""

import base64
import hashlib
import hmac
import time
from decimal import Decimal
from typing import Any

import httpx

from sandbox.core.jsontext import dumps_exact, loads_exact
from sandbox.core.start import Running

Json = dict[str, Any]
ORDER: Json = {
    "salesOrgId": "ORG01", "transactionTypeId": "SO01", "vouchdate": "2025-02-01 00:00:00", "agentId": "C1",
    "settlementOrgId": "ORG01", "invoiceAgentId": "C1", "payMoney": Decimal("22.60"), "_status": "Insert",
    "orderPrices!currency": "CNY", "orderPrices!natCurrency": "CNY", "orderPrices!exchRate": 1,
    "orderPrices!exchangeRateType": "01", "orderPrices!taxInclusive": True,
    "orderDetails": [
        {"_status": "Insert", "productId": "M1", "qty": 2, "oriTaxUnitPrice": Decimal("11.3"), "oriSum": Decimal("22.60"),
         "taxId": "VAT13"}
    ],
}  # fmt: skip
RECEIVABLE: Json = {
    "direction": "1", "billDate": "2025-02-01", "objectType": "1", "exchangeRate": 1, "exchangeRateDate": "2025-02-01",
    "_status": "Insert", "financeOrgCode": "ORG01", "bustypeCode": "ar_invoice", "orgCode": "ORG01",
    "oriCurrencyCode": "CNY", "customerCode": "C1", "bodyItem": [{"oriTaxIncludedAmount": Decimal("113.00"), "taxRate": 13}],
}  # fmt: skip


def signature(params: dict[str, str], secret: str) -> str:
    text = "".join(name + params[name] for name in sorted(params))
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


class Control:
    """The control interface."""

    def __init__(self, running: Running) -> None:
        self.known = dict(running.credentials)
        self.web = httpx.Client(base_url=running.url, timeout=10, trust_env=False, verify=False)

    def seed(self, name: str, record: Json) -> Json:
        reply = self.web.post(f"/_sandbox/records/{name}", json=record)
        assert reply.status_code == 200, reply.text
        made: Json = reply.json()["records"][0]
        return made

    def arm(self, **fault: Any) -> None:
        assert self.web.post("/_sandbox/faults", json=fault).status_code == 200

    def advance(self, seconds: float) -> None:
        self.web.post("/_sandbox/clock", json={"advance_s": seconds})

    def journal(self, **match: str) -> list[Json]:
        found: list[Json] = self.web.get("/_sandbox/journal", params=match).json()["entries"]
        return found


class BipDesk(Control):
    """A caller of YonBIP with a token, a salesperson, a product and a customer."""

    def reset(self) -> None:
        self.web.post("/_sandbox/reset")
        self.token = self.new_token()["data"]["access_token"]
        self.seed("staff", {"code": "YG001", "name": "张三", "mobile": "13900000001"})
        self.seed("product", {"code": "M1", "name": "物料一"})
        self.seed("merchant", {"code": "C1", "name": "甲公司", "principals": [{"professSalesman": "YG001"}]})

    def new_token(self, path: str = "selfAppAuth/base/v1/getAccessToken", **changes: str) -> Json:
        params = {"appKey": self.known["app_key"], "timestamp": str(int(time.time() * 1000))}
        params["signature"] = signature(params, self.known["app_secret"])
        reply: Json = self.web.get(f"/iuap-api-auth/open-auth/{path}", params={**params, **changes}).json()
        return reply

    def raw(self, path: str, body: Any = None, *, query: Json | None = None, **more: Any) -> httpx.Response:
        params = {"access_token": self.token} if query is None else query
        content = None if body is None else dumps_exact(body)
        return self.web.request(
            "GET" if body is None else "POST", f"/iuap-api-gateway{path}", params=params, content=content, **more
        )

    def call(self, path: str, body: Any) -> Json:
        """The reply of a POST; fractions as Decimal."""
        reply: Json = loads_exact(self.raw(path, body).content)
        return reply

    def get(self, path: str, **query: Any) -> Json:
        reply: Json = loads_exact(self.raw(path, query={"access_token": self.token, **query}).content)
        return reply

    def save_order(self, **changes: Any) -> Json:
        return self.call("/yonbip/sd/voucherorder/singleSave", {"data": {**ORDER, **changes}})


class U8Desk(Control):
    """A caller of U8 with a token, a person, a stock item and a customer."""

    def reset(self) -> None:
        self.web.post("/_sandbox/reset")
        self.app = {name: self.known[name] for name in ("from_account", "app_key")}
        reply = self.system("/system/token", app_secret=self.known["app_secret"])
        self.token = reply["token"]["id"]
        self.seed("person", {"code": "YG001", "name": "张三", "cdept_num": "0101"})
        self.seed("inventory", {"code": "M1", "name": "物料一", "tax_rate": "13", "ccomunitname": "件"})
        self.seed("customer", {"code": "C1", "name": "甲公司"})

    def system(self, path: str, **query: str) -> Json:
        reply: Json = self.web.get(path, params={**self.app, **query}).json()
        return reply

    def trade(self) -> str:
        return str(self.system("/system/tradeid", token=self.token)["trade"]["id"])

    def _query(self, more: Json) -> Json:
        return {**self.app, "to_account": self.known["to_account"], "token": self.token, **more}

    def get(self, path: str, **query: Any) -> Json:
        reply: Json = self.web.get(f"/api/{path}", params=self._query(query)).json()
        return reply

    def post(self, path: str, body: Any, **query: Any) -> Json:
        reply: Json = self.web.post(f"/api/{path}", params=self._query(query), json=body).json()
        return reply
