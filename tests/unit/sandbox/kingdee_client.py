"""A small client and ready-made Models for the tests of the Kingdee sandbox."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx

from sandbox.core.start import Running

FORMS = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService."
AUTH = "Kingdee.BOS.WebApi.ServicesStub.AuthService."


class KingdeeClient:
    """Speaks to a sandbox as a logged-in user; `control` reaches its control interface."""

    def __init__(self, running: Running) -> None:
        self.credentials = dict(running.credentials)
        self.running = running
        self.web = httpx.Client(base_url=running.url, timeout=20, trust_env=False, verify=False)

    def reset(self) -> None:
        """A fresh data center with one customer, material and salesperson, and a new session."""
        self.web.cookies.clear()
        self.web.post("/_sandbox/reset")
        self.login()
        self.seed("BD_Saler", {"FNumber": "YG1_GW1_1", "FName": "张三"})
        self.seed("BD_Customer", {"FNumber": "C1", "FName": "甲公司", "audited": True})
        self.seed("BD_MATERIAL", {"FNumber": "M1", "FName": "物料一", "audited": True})

    def login(self) -> dict[str, Any]:
        """ValidateUser; the cookies stay in the client."""
        known = self.credentials
        values = [known["acct_id"], known["username"], known["password"], 2052]
        found: dict[str, Any] = self.post(AUTH + "ValidateUser", {"parameters": values}).json()
        return found

    def post(self, service: str, body: Any, **more: Any) -> httpx.Response:
        """One call; a dict travels as JSON, bytes and text as they are."""
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.web.post(f"/K3Cloud/{service}.common.kdsvc", content=content, **more)

    def call(self, service: str, body: Any) -> Any:
        """One call of the form service; decimals exact."""
        return json.loads(self.post(FORMS + service, body).text, parse_float=Decimal)

    def save(self, form: str, model: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        """Save; returns Result."""
        found: dict[str, Any] = self.call("Save", {"formid": form, "data": {"Model": model, **options}})["Result"]
        return found

    def do(self, service: str, form: str, **data: Any) -> dict[str, Any]:
        """Submit, Audit, Delete and the like; returns ResponseStatus."""
        body = {"formid": form, "opNumber": data.pop("op", ""), "data": data}
        found: dict[str, Any] = self.call(service, body)["Result"]["ResponseStatus"]
        return found

    def query(self, form: str, keys: str, filter_string: Any = "", **more: Any) -> Any:
        """ExecuteBillQuery."""
        data = {"FormId": form, "FieldKeys": keys, "FilterString": filter_string, **more}
        return self.call("ExecuteBillQuery", {"data": data})

    def seed(self, form: str, record: Any) -> Any:
        """Creates through the control interface; one record or the list."""
        answer = self.web.post(f"/_sandbox/records/{form}", json=record)
        assert answer.status_code == 200, answer.text
        records = answer.json()["records"]
        return records if isinstance(record, list) else records[0]

    def edit(self, form: str, record_id: Any, changes: Mapping[str, Any], **params: str) -> httpx.Response:
        """An edit by a user of the ERP."""
        return self.web.put(f"/_sandbox/records/{form}/{record_id}", json=dict(changes), params=params)

    def fault(self, **fault: Any) -> None:
        """Arms a fault."""
        assert self.web.post("/_sandbox/faults", json=fault).status_code == 200

    def journal(self, **match: str) -> list[dict[str, Any]]:
        """What the API has accepted."""
        entries: list[dict[str, Any]] = self.web.get("/_sandbox/journal", params=match).json()["entries"]
        return entries


def ref(number: str) -> dict[str, str]:
    """A base-data reference by number."""
    return {"FNumber": number}


def order_row(**changes: Any) -> dict[str, Any]:
    """One complete order line."""
    pieces = ref("Pcs")
    row = {
        "FMaterialId": ref("M1"),
        "FUnitID": pieces,
        "FPriceUnitId": pieces,
        "FStockUnitID": pieces,
        "FQty": 2,
        "FTaxPrice": "11.30",
        "FEntryTaxRate": 13,
        "FDeliveryDate": "2025-02-01",
        "FSettleOrgIds": ref("100"),
        "FReserveType": "1",
        "FOUTLMTUNIT": "SAL",
    }
    return row | changes


def order(**changes: Any) -> dict[str, Any]:
    """One complete order Model."""
    model = {
        "FBillTypeID": {"FNUMBER": "XSDD01_SYS"},
        "FDate": "2025-01-31",
        "FSaleOrgId": ref("100"),
        "FCustId": ref("C1"),
        "FSalerId": ref("YG1_GW1_1"),
        "FSaleOrderFinance": {"FSettleCurrId": ref("PRE001")},
        "FSaleOrderEntry": [order_row()],
    }
    return model | changes


def customer(**changes: Any) -> dict[str, Any]:
    """One complete customer Model."""
    return {"FName": "乙公司", "FCreateOrgId": ref("100"), "FTRADINGCURRID": ref("PRE001")} | changes


def receivable(**changes: Any) -> dict[str, Any]:
    """One receivable over 100.00 as the control interface takes it."""
    record = {
        "FBillNo": "AR1",
        "FDATE": "2025-01-01",
        "FCUSTOMERID": "C1",
        "FSALEERID": "YG1_GW1_1",
        "FENDDATE_H": "2025-02-01",
        "FEntityDetail": [{"FMATERIALID": "M1", "FPriceQty": 1, "FTaxPrice": "100"}],
        "audited": True,
    }
    return record | changes


def receipt(**changes: Any) -> dict[str, Any]:
    """One receipt over 100.00 as the control interface takes it."""
    record = {
        "FBILLNO": "SK1",
        "FDATE": "2025-02-10",
        "FCONTACTUNIT": "C1",
        "FSALEERID": "YG1_GW1_1",
        "FRECEIVEBILLENTRY": [{"FRECTOTALAMOUNTFOR": "100"}],
        "audited": True,
    }
    return record | changes
