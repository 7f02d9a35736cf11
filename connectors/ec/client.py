"""Every call to EC, one method each: the only file that knows its paths and body shapes (vendor note section 1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from connectors.ec import times
from connectors.ec.config import EcConfig
from connectors.ec.errors import SignatureRefused, judge
from connectors.ec.signing import headers
from hub.connector.contract import Native
from hub.connector.http import HttpSession, Policy, Reply
from hub.connector.link import Link
from hub.connector.redact import Redactor, secrets_of

PAGE = 200
LINES_AT_ONCE = 10
DELETE_DAYS = 7
EXPORT_ORDER = [{"sortField": "modifyTime", "sortType": "asc"}, {"sortField": "crmId", "sortType": "asc"}]


class EcCalls:
    """Thin: signs, calls, returns the part of the answer that matters. Raises what errors.judge and HttpSession
    raise."""

    def __init__(self, config: EcConfig, link: Link, policy: Policy | None = None) -> None:
        self.config = config
        self.link = link
        policy = policy or Policy(judge=judge)
        redactor = Redactor(secrets_of(config))
        self._http = HttpSession(link, "ec", f"{config.base_url}/v2/", redactor=redactor, policy=policy)

    def close(self) -> None:
        self._http.close()

    def organisation(self) -> list[Native]:
        return self._get("org/struct/info").at("data", "users", kind=list)

    def user(self, user_id: str) -> Native:
        body = {"userId": int(user_id), "deptInfo": True}
        return self._read("org/user/findUserInfoById", body).at("data", kind=dict)

    def export_customers(self, start: datetime, end: datetime, sort: list[Any]) -> tuple[list[Native], list[Any]]:
        """One page changed in the window, oldest change first, and the cursor of the next one. An empty page ends."""
        asked = {"modifyTime": times.window(start, end), "orderBy": EXPORT_ORDER, "sort": sort, "pageSize": PAGE}
        reply = self._read("customer/queryCustomer", asked)
        return reply.at("data", "list", kind=list), reply.at("data", "sort", kind=list)

    def list_customers(self, filters: Mapping[str, Any], page: int = 1) -> tuple[list[Native], int]:
        """One page of the list and the number of the last page."""
        reply = self._read("customer/queryList", {**filters, "pageNo": page, "pageSize": PAGE})
        return reply.at("data", "list", kind=list), reply.at("data", "page", "maxPageNo", kind=int)

    def deleted_customers(self, start: datetime, end: datetime, last: str) -> list[Native]:
        asked = {**times.window(start, end), "lastId": last}
        return self._read("customer/delcrms", asked).at("data", kind=list)

    def contacts(self, crm_id: str) -> list[Native]:
        return self._read("contactbook/list", self._by({"crmId": int(crm_id)})).at("data", kind=list)

    def sales(self, filters: Mapping[str, Any], page: int) -> Reply:
        """`data` is the rows; total and maxPageNo stand beside it."""
        return self._read("sales/getSales", {**filters, "pageNo": page})

    def sale(self, sale_id: str) -> Native:
        reply = self._send("GET", "sales/getSalesDetail", safe=True, params={"saleId": sale_id})
        return reply.at("data", kind=dict)

    def lines(self, sale_ids: Sequence[str]) -> list[Native]:
        """Lines of up to 10 sales."""
        asked = {"userId": self.config.opt_user_id, "saleIds": ",".join(sale_ids)}
        return self._read("sales/getProductsDetail", asked).at("data", kind=list)

    def products(self, page: int) -> Reply:
        return self._read("sales/getProductList", self._by({"pageNo": page, "pageSize": PAGE}))

    @cached_property
    def customer_fields(self) -> dict[str, str]:
        """Custom field ids of customers by name."""
        return {
            str(one["fieldName"]): str(one["fieldId"])
            for one in self._get("config/getFieldMapping").at("data", kind=list)
        }

    @cached_property
    def sale_fields(self) -> dict[str, str]:
        groups = self._get("sales/getSalesFieldMapping").at("data", "groups", kind=list)
        return {str(one["name"]): str(one["id"]) for group in groups for one in group.get("fields") or []}

    @cached_property
    def channels(self) -> dict[str, int]:
        """Channel ids by name: reads show the name, writes take the id."""
        return {
            str(one["name"]): int(one["id"]) for one in self._get("customer/getChannelSource").at("data", kind=list)
        }

    def add_customers(self, rows: Sequence[Native]) -> Reply:
        """Up to 50. `repeat` stays false: EC's own duplicate check is one more guard against doubles."""
        body = self._by({"list": list(rows), "notify": False, "repeat": False})
        return self._write("customer/addCustomer", body)

    def update_customers(self, rows: Sequence[Native]) -> Reply:
        return self._write("customer/batchUpdateCustomer", [self._by(row) for row in rows])

    def change_owner(self, crm_ids: Sequence[str], owner: int) -> Reply:
        return self._write("customer/change/user", self._by({"crmIds": ",".join(crm_ids), "followUserId": owner}))

    def add_contact(self, crm_id: str, card: Native) -> Reply:
        return self._write("contactbook/add", self._by({"crmId": int(crm_id), "crmContactBookVO": card}))

    def update_contact(self, crm_id: str, contact_id: str, card: Native) -> Reply:
        body = {"crmId": int(crm_id), "id": int(contact_id), "crmContactBookVO": {**card, "id": int(contact_id)}}
        return self._write("contactbook/update", self._by(body))

    def add_sale(self, row: Native, operator: int) -> Reply:
        """The operator of the call becomes the employee of the sale."""
        return self._write("sales/addSales", {**row, "optUserId": operator})

    def update_sale(self, sale_id: str, row: Native) -> Reply:
        return self._write("sales/updateSales", self._by({**row, "saleId": int(sale_id)}))

    def _by(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"optUserId": self.config.opt_user_id, **body}

    def _get(self, path: str) -> Reply:
        return self._send("GET", path, safe=True)

    def _read(self, path: str, body: Any) -> Reply:
        return self._send("POST", path, safe=True, json=body)

    def _write(self, path: str, body: Any) -> Reply:
        return self._send("POST", path, safe=False, json=body)

    def _send(self, method: str, path: str, *, safe: bool, **extra: Any) -> Reply:
        """A refused signature did nothing: one more try with a fresh one heals a stamp that aged on the way."""
        try:
            return self._http.request(path, method, path, safe=safe, headers=self._headers, **extra)
        except SignatureRefused:
            return self._http.request(path, method, path, safe=safe, headers=self._headers, **extra)

    def _headers(self) -> dict[str, str]:
        secret = self.config.app_secret.get_secret_value()
        return headers(self.config.corp_id, self.config.app_id, secret, now=self.link.vendor_now())
