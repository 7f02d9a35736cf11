"""Switches of the 简道云 sandbox: what the vendor note knows only from memory, or not at all."""

from dataclasses import dataclass

from sandbox.core.switches import Switches


@dataclass
class JdySettings(Switches):
    """`missing`: what `get` answers for a row that is not there, error (code 4001) or null. `filter_type`: whether a
    condition needs its `type`. `unknown_field`: what a write does with an alias that the form does not have, drop or refuse.
    `closed_forms` (a comma list of customer, contact, order): the key has no right to them. `signature_swapped`: the two headers
    of a push carry each other's values, as in the vendor's sample."""

    api_key: str = "jdyK3y9fT2wQ7xLm5RvB8nC4"
    app_id: str = "59264073a2a60c0c08e20bfb"
    customer_form: str = "59264073a2a60c0c08e20c01"
    contact_form: str = "59264073a2a60c0c08e20c02"
    order_form: str = "59264073a2a60c0c08e20c03"
    push_secret: str = "jdy-push-4f1d9a7c"
    members: str = "zhangsan,lisi"
    most_rows: int = 100
    default_rows: int = 10
    list_per_s: int = 0  # 30 at the vendor; 0 = no quota
    missing: str = "error"
    filter_type: bool = True
    unknown_field: str = "drop"
    closed_forms: str = ""
    signature_swapped: bool = False
