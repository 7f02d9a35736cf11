"""Run by the referees' Python: wechatpy, pten and wx-crypt open what the sandbox made and write their own."""

import json
import os

from pten.wwcrypt import WXBizMsgCrypt as PtenCrypt
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.work import parse_message
from wechatpy.work.crypto import WeChatCrypto
from wechatpy.work.exceptions import InvalidCorpIdException
from wx_crypt import WXBizMsgCrypt as WxCrypt
from wx_crypt import WxChannel_Wecom

given = json.loads(os.environ["GIVEN"])
token, key, corp = given["token"], given["aes_key"], given["corp_id"]


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def read(delivery):
    query, body = delivery["query"], delivery["body"]
    signed = (query["msg_signature"], query["timestamp"], query["nonce"])
    out = {}
    try:
        plain = WeChatCrypto(token, key, corp).decrypt_message(body, *signed)
        out["wechatpy"] = [0, text(plain), parse_message(plain).type]
    except (InvalidSignatureException, InvalidCorpIdException) as error:
        out["wechatpy"] = [error.errcode, None, None]
    code, plain = PtenCrypt(token, key, corp).DecryptMsg(body, *signed)
    out["pten"] = [code, text(plain)]
    code, plain = WxCrypt(token, key, corp, WxChannel_Wecom).DecryptMsg(body, *signed)
    out["wx_crypt"] = [code, text(plain)]
    return out


def echo(query):
    signed = (query["msg_signature"], query["timestamp"], query["nonce"], query["echostr"])
    return {
        "wechatpy": text(WeChatCrypto(token, key, corp).check_signature(*signed)),
        "pten": text(PtenCrypt(token, key, corp).VerifyURL(*signed)[1]),
        "wx_crypt": text(WxCrypt(token, key, corp, WxChannel_Wecom).VerifyURL(*signed)[1]),
    }


message = given["reply"]
out = {
    "read": [read(delivery) for delivery in given["deliveries"]],
    "echo": echo(given["echo"]),
    "written": {
        "wechatpy": WeChatCrypto(token, key, corp).encrypt_message(message, "n1", "1700000001"),
        "pten": PtenCrypt(token, key, corp).EncryptMsg(message, "n1", "1700000001")[1],
        "wx_crypt": WxCrypt(token, key, corp, WxChannel_Wecom).EncryptMsg(message.encode(), "n1", "1700000001")[1],
    },
}
print(json.dumps(out))
