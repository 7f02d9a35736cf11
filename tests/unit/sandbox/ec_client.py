"""A bare caller of the EC sandbox, with a signature computed on its own."""

import hashlib
import time
from collections.abc import Mapping
from typing import Any

import httpx


class EcClient:
    """Signs and posts as the vendor note says; returns the decoded envelope."""

    def __init__(self, credentials: Mapping[str, Any]) -> None:
        self.credentials = credentials
        self.user = int(credentials["opt_user_id"])
        self.web = httpx.Client(base_url=credentials["base_url"], timeout=5, trust_env=False, verify=False)

    def headers(self, stamp: int | None = None) -> dict[str, str]:
        milliseconds = round(time.time() * 1000) if stamp is None else stamp
        secret = self.credentials["app_secret"]
        text = f"appId={self.credentials['app_id']}&appSecret={secret}&timeStamp={milliseconds}"
        return {
            "X-Ec-Cid": self.credentials["corp_id"],
            "X-Ec-TimeStamp": str(milliseconds),
            "X-Ec-Sign": hashlib.md5(text.encode()).hexdigest().upper(),
        }

    def send(self, path: str, body: Any, method: str = "POST") -> httpx.Response:
        if method == "GET":
            return self.web.get(f"/v2/{path}", params=body, headers=self.headers())
        return self.web.post(f"/v2/{path}", json=body, headers=self.headers())

    def post(self, path: str, body: Any) -> Any:
        return self.send(path, body).json()

    def get(self, path: str, **query: Any) -> Any:
        return self.send(path, query, "GET").json()

    def add(self, **customer: Any) -> int:
        """One customer made through the interface; its crmId."""
        answer = self.post(
            "customer/addCustomer", {"optUserId": self.user, "list": [{"followUserId": 5001, **customer}]}
        )
        return int(answer["data"]["successIdList"][0]["crmId"])

    def seed(self, name: str, records: Any) -> list[Any]:
        """Records put in through the control interface; their ids."""
        ids: list[Any] = self.web.post(f"/_sandbox/records/{name}?return=ids", json=records).json()["ids"]
        return ids

    def fault(self, **fault: Any) -> None:
        assert self.web.post("/_sandbox/faults", json=fault).status_code == 200

    def advance(self, seconds: float) -> None:
        self.web.post("/_sandbox/clock", json={"advance_s": seconds})
