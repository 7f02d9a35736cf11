"""The generated salespeople as members of the 钉钉 sandbox."""

from typing import Any

from sandbox.seed.model import Salesperson, World

Record = dict[str, Any]
DEPARTMENT = 2
MANAGER = "manager"


def dingtalk_records(world: World) -> dict[str, list[Record]]:
    """Records by object, in the order in which they must be made: the department, then its members.

    The user ids are numbers as 钉钉 gives them out, so nothing but the mobile (or the job number) tells who it is;
    one more member, the sales manager, stands over them and may decide approvals.
    """
    department = {"dept_id": DEPARTMENT, "name": "销售部", "parent_id": 1}
    people = [_member(person, place) for place, person in enumerate(world.salespeople, 1)]
    return {"department": [department], "member": [_manager(), *people]}


def _member(person: Salesperson, place: int) -> Record:
    return {
        "userid": f"{16_300_000_000_000_000 + place * 7919:017d}",
        "name": person.name,
        "dept_id_list": [DEPARTMENT],
        "title": "销售",
        "mobile": person.mobile,
        "email": f"{person.wecom_userid}@example.com",
        "job_number": person.number,
        "manager_userid": MANAGER,
    }


def _manager() -> Record:
    return {
        "userid": MANAGER,
        "name": "钱经理",
        "dept_id_list": [DEPARTMENT],
        "title": "销售总监",
        "mobile": "13900000000",
        "leader_in_dept": [{"dept_id": DEPARTMENT, "leader": True}],
    }
