"""The truth about both populations as a table a program can read: which EC customer is which 金蝶 customer."""

from typing import Any

from sandbox.seed.ec import crm_id
from sandbox.seed.kingdee import customer_number
from sandbox.seed.model import World


def truth_table(world: World) -> list[dict[str, Any]]:
    """One row per company: {"company", "name", "ec": [crmId], "kingdee": [FNumber], "how", "certain"}."""
    return [
        {
            "company": row.company,
            "name": world.companies[row.company].name,
            "ec": [crm_id(key) for key in row.crm],
            "kingdee": [customer_number(key) for key in row.erp],
            "how": row.how,
            "certain": row.certain,
        }
        for row in world.truth
    ]


def lookalike_table(world: World) -> list[dict[str, Any]]:
    """Pairs that are not one company although something says so: {"first", "second", "why"}, native ids."""
    return [{"first": _native(one.first), "second": _native(one.second), "why": one.why} for one in world.lookalikes]


def _native(key: str) -> int | str:
    return crm_id(key) if key.startswith("CRM") else customer_number(key)
