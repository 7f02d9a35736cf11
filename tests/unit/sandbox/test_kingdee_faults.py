"""The vendor's moods: faults that answer in Kingdee's own manner, and those of the wire."""

import httpx
import pytest

from sandbox.kingdee.app import classify
from tests.unit.sandbox.kingdee_client import FORMS, KingdeeClient, customer, order

ORDER = "SAL_SaleOrder"


@pytest.mark.parametrize(
    "body",
    [
        '{"formid":"SAL_SaleOrder","data":{}}',
        '{"formid": "SAL_SaleOrder", "data": "{}"}',
        '{"data":{"FormId":"SAL_SaleOrder","FieldKeys":"FID"}}',
        '{"parameters":["SAL_SaleOrder","{}"]}',
        '{"parameters":["{\\"FormId\\":\\"SAL_SaleOrder\\"}"]}',
        '{"format":1,"parameters":"[\\"SAL_SaleOrder\\",\\"{}\\"]"}',
        "data=%7B%22FormId%22%3A+%22SAL_SaleOrder%22%7D",
        "formid=SAL_SaleOrder&data=%7B%7D",
    ],
)
def test_the_form_is_found_in_every_body_shape(body: str) -> None:
    assert classify("POST", f"/K3Cloud/{FORMS}Save.common.kdsvc", body).object == "SAL_SaleOrder"


def test_calls_are_counted_and_matched_by_their_short_name(kd: KingdeeClient) -> None:
    facts = classify("POST", f"/K3Cloud/{FORMS}BatchSave.common.kdsvc", "{}")
    assert (facts.operation, facts.write) == ("BatchSave", True)
    assert classify("POST", f"/K3Cloud/{FORMS}ExecuteBillQuery.common.kdsvc", "{}").write is False
    before = kd.web.get("/_sandbox/counters").json()["calls"].get("BillQuery", 0)
    kd.call("BillQuery", {"data": {"FormId": ORDER, "FieldKeys": "FID"}})
    assert kd.web.get("/_sandbox/counters").json()["calls"]["BillQuery"] == before + 1


def test_net_control_is_a_conflict_once(kd: KingdeeClient) -> None:
    kd.fault(kind="locked", count=1, match={"object": ORDER})
    status = kd.save(ORDER, order())["ResponseStatus"]
    assert (status["MsgCode"], status["IsSuccess"]) == (13, False)
    assert "冲突，请稍候再使用" in status["Errors"][0]["Message"]
    assert kd.save(ORDER, order())["ResponseStatus"]["IsSuccess"] is True


def test_net_control_on_one_record_of_a_batch(kd: KingdeeClient) -> None:
    made = [kd.save(ORDER, order())["Id"] for _ in range(3)]
    kd.fault(kind="locked", match={"id": str(made[1])})
    status = kd.do("Submit", ORDER, Ids=made)
    assert [item["Id"] for item in status["SuccessEntitys"]] == [made[0], made[2]]
    assert (status["MsgCode"], status["Errors"][0]["DIndex"]) == (13, 1)


def test_the_call_limit(kd: KingdeeClient) -> None:
    kd.fault(kind="rate_limited", count=2)
    assert kd.query(ORDER, "FID")[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 14
    assert kd.save("BD_Customer", customer())["ResponseStatus"]["MsgCode"] == 14
    assert kd.save("BD_Customer", customer())["ResponseStatus"]["MsgCode"] == 0


def test_an_expired_session(kd: KingdeeClient) -> None:
    kd.fault(kind="token_expired", count=1)
    assert kd.query(ORDER, "FID")[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 1
    assert kd.query(ORDER, "FID")[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 1
    kd.login()
    assert kd.query(ORDER, "FID") == []


def test_hidden_records_and_whole_hidden_calls(kd: KingdeeClient) -> None:
    made = [kd.save(ORDER, order())["Id"] for _ in range(2)]
    kd.fault(kind="hidden", match={"id": str(made[0])})
    assert kd.query(ORDER, "FID,FQty", OrderString="FID") == [[made[1], 2]]
    kd.fault(kind="hidden", count=1, match={"object": ORDER})
    assert kd.query(ORDER, "FID") == []
    assert len(kd.query(ORDER, "FID")) == 2


def test_empty_and_repeated_pages(kd: KingdeeClient) -> None:
    made = [kd.save(ORDER, order())["Id"] for _ in range(4)]
    first = kd.query(ORDER, "FID", OrderString="FID", Limit=2)
    kd.fault(kind="repeat_page", count=1)
    assert kd.query(ORDER, "FID", OrderString="FID", StartRow=2, Limit=2) == first
    kd.fault(kind="empty_page", count=1)
    assert kd.query(ORDER, "FID", OrderString="FID", StartRow=2, Limit=2) == []
    assert kd.query(ORDER, "FID", OrderString="FID", StartRow=2, Limit=2) == [[item] for item in made[2:]]


def test_an_edit_by_a_colleague_just_before_the_write(kd: KingdeeClient) -> None:
    made = kd.save(ORDER, order())
    kd.fault(kind="edit_before_write", count=1, edit={"FLinkMan": "同事"})
    kd.save(ORDER, {"FID": made["Id"], "FNote": "ours"}, IsDeleteEntry=False)
    assert kd.query(ORDER, "FLinkMan,FNote,FModifierId.FName", f"FID={made['Id']}") == [["同事", "ours", "集成用户"]]
    edits = kd.web.get("/_sandbox/journal", params={"by": "user", "kind": "update"}).json()["entries"]
    assert edits[-1]["data"] == {"FLinkMan": "同事"}


def test_the_usual_edit_hits_status_calls_too(kd: KingdeeClient) -> None:
    made = kd.save(ORDER, order())
    kd.fault(kind="edit_before_write")
    assert kd.do("Submit", ORDER, Ids=made["Id"])["IsSuccess"] is True
    assert kd.query(ORDER, "FNote,FDocumentStatus") == [["刚刚被同事修改", "B"]]


def test_texts_come_back_trimmed(kd: KingdeeClient) -> None:
    kd.fault(kind="normalise", count=1)
    made = kd.save("BD_Customer", customer(FName="  乙 \n 公司 ", FTEL=" 1  2 "))
    assert kd.query("BD_Customer", "FName,FTEL", f"FCUSTID={made['Id']}") == [["乙 公司", "1 2"]]
    made = kd.save("BD_Customer", customer(FName="丙\n司"))
    assert kd.query("BD_Customer", "FName", f"FCUSTID={made['Id']}") == [["丙\n司"]]


def test_a_reply_lost_after_the_commit(kd: KingdeeClient) -> None:
    kd.fault(kind="commit_then_drop", count=1, match={"path": ".Save."})
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        kd.save("BD_Customer", customer(FNumber="LOST"))
    assert kd.query("BD_Customer", "FNumber", "FNumber='LOST'") == [["LOST"]]
    assert kd.save("BD_Customer", customer(FNumber="LOST"))["ResponseStatus"]["MsgCode"] == 11


def test_a_request_lost_before_the_commit(kd: KingdeeClient) -> None:
    kd.fault(kind="drop_before_commit", count=1, match={"object": "BD_Customer", "write": True})
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        kd.save("BD_Customer", customer(FNumber="LOST"))
    assert kd.query("BD_Customer", "FNumber", "FNumber='LOST'") == []
