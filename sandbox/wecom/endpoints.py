"""The vendor's calls by path behind /cgi-bin/: handler, who may call, what a GET on a POST call answers."""

from collections.abc import Mapping

from sandbox.wecom import (
    approval_queries,
    approvals,
    contacts,
    customers,
    media,
    oauth,
    robot,
    sending,
    tags,
)
from sandbox.wecom.corp import Call, Corp, Endpoint
from sandbox.wecom.errors import ApiError, JsonObject
from sandbox.wecom.settings import comma_list

RIGHTS = {"customer": "customer_contact_allowed", "approval": "approval_allowed"}
VENDOR_IPS = ["182.254.11.176", "182.254.78.66"]


def gettoken(corp: Corp, call: Call) -> JsonObject:
    """GET gettoken: the same token inside its lifetime."""
    trusted = comma_list(corp.settings.trusted_ips)
    if corp.settings.gettoken_checks_ip and trusted and call.ip not in trusted:
        raise ApiError(60020)
    corp_id, secret = call.query.get("corpid", ""), call.query.get("corpsecret", "")
    token = corp.tokens.issue(corp_id, secret, ip=call.ip, now=call.now)
    return {"access_token": token.text, "expires_in": max(1, round(token.expires - call.now))}


def vendor_ips(corp: Corp, call: Call) -> JsonObject:
    """GET get_api_domain_ip and getcallbackip."""
    return {"ip_list": VENDOR_IPS}


ENDPOINTS: Mapping[str, Endpoint] = {
    "gettoken": Endpoint(gettoken, "GET", right="none"),
    "get_api_domain_ip": Endpoint(vendor_ips, "GET", contact_sync="yes"),
    "getcallbackip": Endpoint(vendor_ips, "GET", contact_sync="yes"),
    "message/send": Endpoint(sending.send, object="message", write=True, limited=False),
    "message/recall": Endpoint(sending.recall, object="message", write=True),
    "message/update_template_card": Endpoint(sending.update_card, object="message", write=True),
    "webhook/send": Endpoint(robot.webhook_send, object="robot", write=True, right="none"),
    "webhook/upload_media": Endpoint(media.webhook_upload, object="robot", write=True, right="none"),
    "media/upload": Endpoint(media.upload, object="media", write=True),
    "media/get": Endpoint(media.read, "GET", object="media"),
    "department/list": Endpoint(contacts.department_list, "GET", object="department", contact_sync="yes"),
    "department/simplelist": Endpoint(contacts.department_simplelist, "GET", object="department", contact_sync="yes"),
    "department/get": Endpoint(contacts.department_get, "GET", object="department", contact_sync="yes"),
    "user/get": Endpoint(contacts.user_get, "GET", object="member", contact_sync="yes"),
    "user/list": Endpoint(contacts.user_list, "GET", object="member", contact_sync="yes"),
    "user/simplelist": Endpoint(contacts.user_simplelist, "GET", object="member", contact_sync="yes"),
    "user/list_id": Endpoint(contacts.user_list_id, object="member", contact_sync="only"),
    "user/getuserid": Endpoint(contacts.user_id_by_mobile, object="member", contact_sync="yes"),
    "user/get_userid_by_email": Endpoint(contacts.user_id_by_email, object="member", contact_sync="yes"),
    "user/getuserinfo": Endpoint(oauth.legacy_user_info, "GET", limited=False),
    "auth/getuserinfo": Endpoint(oauth.user_info, "GET", limited=False),
    "auth/getuserdetail": Endpoint(oauth.user_detail),
    **{
        f"externalcontact/{name}": Endpoint(handle, method, right="customer", object=kind, write=write, on_get=on_get)
        for name, handle, method, kind, write, on_get in (
            ("get_follow_user_list", customers.follow_users, "GET", "external_contact", False, 0),
            ("list", customers.customer_ids, "GET", "external_contact", False, 0),
            ("get", customers.customer_get, "GET", "external_contact", False, 0),
            ("batch/get_by_user", customers.customers_by_user, "POST", "external_contact", False, 40058),
            ("remark", customers.remark, "POST", "external_contact", True, 40003),
            ("get_corp_tag_list", tags.tag_list, "POST", "tag", False, 40058),
            ("add_corp_tag", tags.tag_add, "POST", "tag", True, 40063),
            ("edit_corp_tag", tags.tag_edit, "POST", "tag", True, 40068),
            ("del_corp_tag", tags.tag_delete, "POST", "tag", True, 40063),
            ("mark_tag", tags.mark_tag, "POST", "external_contact", True, 40003),
        )
    },
    **{
        f"oa/{name}": Endpoint(handle, right="approval", object="approval", write=write, on_get=301025)
        for name, handle, write in (
            ("gettemplatedetail", approvals.template_detail, False),
            ("applyevent", approvals.apply_event, True),
            ("getapprovalinfo", approval_queries.approval_numbers, False),
            ("getapprovaldetail", approval_queries.approval_detail, False),
        )
    },
}
