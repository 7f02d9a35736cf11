"""The generated salespeople as members of the 企业微信 sandbox."""

from typing import Any

from sandbox.seed.model import Salesperson, World

Record = dict[str, Any]
DEPARTMENT = 2


def wecom_records(world: World) -> dict[str, list[Record]]:
    """Records by object, in the order in which they must be made: the department, then its members."""
    department = {"id": DEPARTMENT, "name": "销售部", "parentid": 1}
    return {"department": [department], "member": [_member(person) for person in world.salespeople]}


def _member(person: Salesperson) -> Record:
    return {
        "userid": person.wecom_userid,
        "name": person.name,
        "department": [DEPARTMENT],
        "position": "销售",
        "mobile": person.mobile,
        "email": f"{person.wecom_userid}@example.com",
        "alias": person.number,
    }
