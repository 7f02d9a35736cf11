"""yonyouopenapisdk1 (用友's own SDK), unchanged, against the YonBIP sandbox: tokens, calls, and it opens our events."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from sandbox.core.start import Running

pytestmark = pytest.mark.slow

CALLS = """
import json, os
from yonbip_open_api_sdk import request_opt, token_opt
url, key, secret = os.environ["URL"], os.environ["KEY"], os.environ["SECRET"]
out = {"self": token_opt.opt_self_token(key, secret, url)["expire"],
       "suite": token_opt.opt_suit_token("sk01", "suite-Secret-9", "t0ten", url)["expire"]}
gateway = url + "/iuap-api-gateway"
token = {"app_key": key, "app_secret": secret, "token_url": url}
def call(path, body):
    reply = request_opt.opt_self_app_request_with_cache("post", gateway + path, {}, json.dumps(body), None, token)
    return {"status": reply.status_code, **reply.json()}
out["orders"] = call("/yonbip/sd/voucherorder/list", {"pageIndex": 1, "pageSize": 20})
out["customer"] = call("/yonbip/digitalModel/merchant/idempotent/newinsert",
                       {"data": {"resubmitCheckKey": "sdk-1", "name": {"simplifiedName": "SDK客户"}}})
out["unknown"] = call("/yonbip/fi/receivable/list", {})
try:
    token_opt.opt_self_token(key, "wrong", url)
except Exception as error:
    out["wrong"] = str(error)
print(json.dumps(out))
"""
OPEN = """
import json, os
from yonbip_open_event_sdk import event_opt
def opened(envelope):
    try:
        return event_opt.decrypt_event_encrypt(os.environ["SECRET"], envelope)
    except Exception as error:
        return str(error)
print(json.dumps([opened(one) for one in json.loads(os.environ["ENVELOPES"])]))
"""


def known(yonbip: Running) -> dict[str, str]:
    return {"URL": yonbip.url, "KEY": yonbip.credentials["app_key"], "SECRET": yonbip.credentials["app_secret"]}


def test_the_sdk_gets_tokens_and_calls_with_them_in_a_header(referee_python: Any, yonbip: Running) -> None:
    out = referee_python(CALLS, **known(yonbip))
    assert (out["self"], out["suite"]) == (7200, 7200)
    assert (out["orders"]["code"], out["orders"]["data"]["recordCount"]) == ("200", 2)
    assert out["customer"]["data"][0]["code"]
    assert (out["unknown"]["status"], out["unknown"]["code"]) == (404, "310404")
    assert "签名" in out["wrong"]


def test_the_sdk_opens_every_event_that_the_sandbox_sends(referee_python: Any, yonbip: Running) -> None:
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"success")

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    with httpx.Client(base_url=yonbip.url, trust_env=False, verify=False) as web:
        for more in ({}, {"event": "SALE_AUDITORDER_NOTIFY_SENT", "record": "SO1"}, {"tamper": "signature"}):
            assert web.post("/_sandbox/push", json={"url": url, **more}).json()["accepted"] is True
    server.shutdown()
    server.server_close()
    thread.join(5)
    check, order, spoiled = referee_python(OPEN, ENVELOPES=json.dumps(got), **known(yonbip))
    assert json.loads(check["event_info"])["type"] == "CHECK_URL"
    assert check["suit_key"] == "k0001"
    content = json.loads(json.loads(order["event_info"])["content"])
    assert content["BILL_INFO"]["billCode"] == "SO1"
    assert "验签失败" in spoiled
