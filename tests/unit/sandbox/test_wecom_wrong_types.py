"""Whatever is sent where, the answer is errcode JSON with HTTP 200: never a page of the framework, never a crash."""

import pytest

from sandbox.wecom.endpoints import ENDPOINTS
from tests.unit.sandbox.spoiling import spoiled
from tests.unit.sandbox.wecom_desk import Desk, Json

CARD: Json = {
    "card_type": "button_interaction",
    "main_title": {"title": "t"},
    "task_id": "t1",
    "button_list": [{"text": "好", "key": "k"}],
}
CONTENT: Json = {"control": "Text", "id": "T", "value": {"text": "x"}}
NODE: Json = {"type": 1, "apv_rel": 1, "userid": ["lisi"]}
MESSAGE: Json = {"touser": "lisi", "toparty": "2", "totag": "1", "agentid": 1000002}
MESSAGE |= {"safe": 0, "enable_duplicate_check": 1, "duplicate_check_interval": 9, "enable_id_trans": 0}
BODIES: dict[str, list[Json]] = {
    "message/send": [
        {**MESSAGE, "msgtype": "text", "text": {"content": "x"}},
        {
            **MESSAGE,
            "msgtype": "news",
            "news": {"articles": [{"title": "t", "description": "d", "url": "https://x.cn"}]},
        },
        {**MESSAGE, "msgtype": "template_card", "template_card": CARD},
    ],
    "message/update_template_card": [
        {
            "userids": ["lisi"],
            "partyids": [2],
            "agentid": 1000002,
            "response_code": "x",
            "button": {"replace_name": "x"},
        }
    ],
    "message/recall": [{"msgid": "x"}],
    "webhook/send": [{"msgtype": "image", "image": {"base64": "eA==", "md5": "x"}}],
    "user/list_id": [{"cursor": "", "limit": 5}],
    "user/getuserid": [{"mobile": "13800000002"}],
    "user/get_userid_by_email": [{"email": "x", "email_type": 1}],
    "externalcontact/batch/get_by_user": [{"userid_list": ["lisi"], "cursor": "", "limit": 2}],
    "externalcontact/remark": [
        {"userid": "lisi", "external_userid": "wm1", "remark": "x", "description": "x", "remark_mobiles": ["1"]}
    ],
    "externalcontact/get_corp_tag_list": [{"tag_id": ["x"], "group_id": ["y"]}],
    "externalcontact/add_corp_tag": [{"group_name": "g", "order": 1, "tag": [{"name": "n", "order": 1}]}],
    "externalcontact/edit_corp_tag": [{"id": "x", "name": "n", "order": 1}],
    "externalcontact/del_corp_tag": [{"tag_id": ["x"], "group_id": ["y"]}],
    "externalcontact/mark_tag": [{"userid": "lisi", "external_userid": "wm1", "add_tag": ["t"], "remove_tag": ["u"]}],
    "oa/applyevent": [
        {
            "creator_userid": "lisi",
            "template_id": "Tpl1",
            "use_template_approver": 0,
            "process": {"node_list": [NODE]},
            "apply_data": {"contents": [CONTENT]},
            "summary_list": [{"summary_info": [{"text": "x", "lang": "zh_CN"}]}],
            "choose_department": 1,
        },
        {
            "creator_userid": "lisi",
            "template_id": "Tpl1",
            "approver": [{"attr": 1, "userid": ["lisi"]}],
            "notifyer": ["lisi"],
            "apply_data": {"contents": [CONTENT]},
            "summary_list": [{"summary_info": [{"text": "x", "lang": "zh_CN"}]}],
        },
    ],
    "oa/getapprovalinfo": [
        {"starttime": "1", "endtime": 5, "new_cursor": "", "size": 5, "filters": [{"key": "creator", "value": "x"}]}
    ],
    "oa/getapprovaldetail": [{"sp_no": "1"}],
    "oa/gettemplatedetail": [{"template_id": "Tpl1"}],
    "auth/getuserdetail": [{"user_ticket": "x"}],
}


def test_every_post_call_is_tried() -> None:
    posts = {path for path, endpoint in ENDPOINTS.items() if endpoint.method == "POST"}
    assert posts - {"media/upload", "webhook/upload_media"} == set(BODIES)


@pytest.mark.parametrize("path", list(BODIES))
def test_wrong_types_are_answered_as_errors_or_taken(desk: Desk, path: str) -> None:
    control = {"property": {"control": "Text", "id": "T", "require": 1}, "config": {}}
    desk.make("approval_template", {"template_id": "Tpl1", "template_content": {"controls": [control]}})
    desk.make("external_contact", {"external_userid": "wm1", "follow_user": [{"userid": "lisi"}]})
    desk.set(robot_per_minute=100000, mobile_miss_least=100000)
    token = desk.token
    if path == "user/list_id":
        token = desk.gettoken(secret="sandbox-contact-sync-secret-000000000000000")["access_token"]
    for good in BODIES[path]:
        for body in spoiled(good):
            if path == "message/update_template_card" and body["response_code"] == "x":
                sent = desk.send("lisi", "template_card", {**CARD, "task_id": f"t{len(desk.journal())}"})
                body["response_code"] = sent["response_code"]
            answer = desk.post(path, body, token=token, key=desk.access["robot_key"])
            assert isinstance(answer["errcode"], int) and answer["errmsg"], body
