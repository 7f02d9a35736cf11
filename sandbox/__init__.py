"""Vendor servers for the demo, tests and evaluation: they speak the wire protocol and know nothing of the hub."""

SYSTEMS: dict[str, str] = {
    "dingtalk": "sandbox.dingtalk:make_sandbox",
    "ec": "sandbox.ec:make_sandbox",
    "jiandaoyun": "sandbox.jiandaoyun:make_sandbox",
    "example": "sandbox.example:make_sandbox",
    "kingdee": "sandbox.kingdee:make_sandbox",
    "u8": "sandbox.yonyou:make_u8",
    "wecom": "sandbox.wecom:make_sandbox",
    "yonbip": "sandbox.yonyou:make_yonbip",
}
