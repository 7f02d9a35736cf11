"""The switches of the EC sandbox: who may call, and every behaviour the public sources leave unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal
from zoneinfo import ZoneInfo


@dataclass(kw_only=True)
class EcSettings:
    """Accepted credentials and switches. What is marked unknown is not known of the real EC (vendor note, section 1).

    sign_error: unknown whether a bad or stale signature is HTTP 401 ("http_401") or HTTP 200 with a code ("code").
    rate_limit_answer: unknown; "http_429" or "code" (HTTP 200 with rate_limit_code).
    error_code: unknown; the code of every refusal of a request's content.
    delcrms_envelope: one client reads errCode/errMsg there, the others code/msg.
    money_as: amounts come as JSON numbers or as strings.
    ids_as: ids come as JSON numbers, or quoted in customer and sales answers.
    gender_codes: what 1 and 2 mean in writes; clients disagree ("e3": 1 male, 2 female; "e2": swapped).
    line_money: unknown whether saleMoney of an order line is the price of one unit or of the whole line.
    text_filter: unknown whether name and company filters of lists ask for equality or for containment.
    list_order: unknown order of customer/queryList: "modifyTime" or "crmId", with "-" for newest first.
    page_size_over: unknown what a pageSize above the limit does: "refuse" or "clamp".
    unknown_field: unknown what a custom field id that does not exist does: "refuse" the row or "drop" the value.
    closed_calls: comma list of calls that the account has not opened: 401 like a refused signature (the words are ours).
    refused_characters: unknown whether EC refuses any; a text that holds one of these is refused with its row.
    duplicate_by: fields whose equality makes a new customer a duplicate when repeat is false (only mobile is known).
    window_end_inclusive, combine_in_delete_feed, contact_bumps_customer, contacts_of_persons: unknown, as named.
    push_signature: the push's signature is unknown: "url_token" (the secret is in the URL alone) or "v2_headers".
    """

    corp_id: str = "21000001"
    app_id: str = "317592306421858304"
    app_secret: str = "kZ3vQ8sT1xN6bW4yR7pL"
    opt_user_id: str = "5001"
    webhook_token: str = "ec-push-7c1f0b52"
    zone: str = "Asia/Shanghai"
    sign_window_ms: int = 30_000
    sign_error: Literal["http_401", "code"] = "http_401"
    sign_error_code: int = 401
    rate_limit_answer: Literal["http_429", "code"] = "http_429"
    rate_limit_code: int = 429
    error_code: int = 400
    delcrms_envelope: Literal["errCode", "code"] = "errCode"
    money_as: Literal["number", "string"] = "number"
    ids_as: Literal["number", "string"] = "number"
    gender_codes: Literal["e3", "e2"] = "e3"
    line_money: Literal["unit", "line"] = "unit"
    text_filter: Literal["contains", "equals"] = "contains"
    list_order: Literal["modifyTime", "-modifyTime", "crmId", "-crmId"] = "-modifyTime"
    page_size_over: Literal["refuse", "clamp"] = "refuse"
    unknown_field: Literal["refuse", "drop"] = "refuse"
    closed_calls: str = ""
    refused_characters: str = ""
    duplicate_by: tuple[str, ...] = ("mobile",)
    window_end_inclusive: bool = True
    combine_in_delete_feed: bool = True
    contact_bumps_customer: bool = True
    contacts_of_persons: Literal["refuse", "allow"] = "refuse"
    push_signature: Literal["url_token", "v2_headers"] = "url_token"
    customer_page_limit: int = 200
    export_page_size: int = 200
    sales_page_size: int = 100
    delete_feed_page_size: int = 100

    @property
    def local_zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @classmethod
    def of(cls, given: Mapping[str, object] | None) -> "EcSettings":
        """Settings from a mapping; ValueError names a key that does not exist."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(given or {}) - known)
        if unknown:
            raise ValueError(f"no setting {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in (given or {}).items()}
        return cls(**values)
