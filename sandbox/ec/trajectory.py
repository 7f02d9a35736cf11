"""Trajectories: what happened with a customer; read by a pair cursor, written in lists."""

from datetime import timedelta

from sandbox.ec.state import Ec
from sandbox.ec.wire import Call, RefusedError, Row, array, read_time, whole, window

WINDOW_DAYS = 31
MOST_SAVED = 200
MOST_READ = 200


def save_trajectories(ec: Ec, call: Call) -> object:
    """trajectory/saveUserTrajectory: up to 200 entries of {id, crmId, userId, contactTime, content}."""
    items = call.body if isinstance(call.body, list) else call.fields.get("list")
    if not isinstance(items, list) or not items or len(items) > MOST_SAVED:
        raise RefusedError(f"轨迹列表必须是1到{MOST_SAVED}条")
    made: list[Row] = []
    failed: list[Row] = []
    for index, item in enumerate(items):
        try:
            made.append({"index": index, "trajectoryId": _save(ec, call, item)["trajectoryId"]})
        except RefusedError as error:
            failed.append({"index": index, "failureCause": str(error)})
    return {"failureList": failed, "successIdList": made}


def read_trajectories(ec: Ec, call: Call) -> object:
    """customer/getTrajectory: a window of at most 31 days; the next page starts after (lastId, lastTime)."""
    asked = call.fields
    start, end = window(asked.get("date"), ec.zone, max_days=WINDOW_DAYS)
    size = min(whole(asked.get("pageSize"), "pageSize", MOST_READ), MOST_READ)
    rows = [row for row in _candidates(ec, asked) if ec.stamp(start) <= row["createTime"] <= ec.stamp(end)]
    rows.sort(key=_place)
    rest = [row for row in rows if _place(row) > _cursor(asked)]
    page = rest[:size]
    last = page[-1] if page else {"trajectoryId": asked.get("lastId", 0), "createTime": asked.get("lastTime", "")}
    following = {
        "pageSize": size,
        "hasNextPage": int(len(rest) > len(page)),
        "nextLastId": last["trajectoryId"],
        "nextLastTime": last["createTime"],
    }
    return {"trajectoryList": page, "nextPageDTO": following}


def _save(ec: Ec, call: Call, item: object) -> Row:
    if not isinstance(item, dict):
        raise RefusedError(f"轨迹必须是对象：{item!r}")
    customer = ec.existing("customer", item.get("crmId"), "客户crmId")
    user = ec.existing("user", item.get("userId"), "用户userId")
    when = item.get("contactTime") or ec.stamp()
    if read_time(when, ec.zone) > ec.clock.now() + timedelta(minutes=5):
        raise RefusedError(f"跟进时间不能晚于当前时间：{when}")
    data = {"crmId": customer["crmId"], "userId": user["userId"], "receiveUserIds": [], "createTime": when,
            "content": str(item.get("content", "")), "trajectoryType": 1}  # fmt: skip
    return ec.created("trajectory", ec.as_stored(call, data))


def _candidates(ec: Ec, asked: Row) -> list[Row]:
    crm_ids = array(asked.get("crmIds"), "crmIds")
    if not crm_ids:
        return ec.store.all("trajectory")
    return [row for crm_id in crm_ids for row in ec.store.find("trajectory", "crmId", crm_id)]


def _place(row: Row) -> tuple[str, int]:
    return str(row["createTime"]), int(row["trajectoryId"])


def _cursor(asked: Row) -> tuple[str, int]:
    return str(asked.get("lastTime") or ""), int(asked.get("lastId") or 0)
