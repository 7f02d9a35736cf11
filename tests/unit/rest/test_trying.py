"""What `hub rest try` shows: every request and reply, and no secret in any of them, wherever it stands."""

from pathlib import Path
from typing import Any

import pytest

from connectors.rest.source import read_system
from connectors.rest.trying import SHOWN, TOOLS, Exchange
from hub.errors import Unreachable
from tests.unit.rest.vendor import Asked, Vendor

PASSWORD = 'p"ss\\w华ord'
TICKET = "TICKET0123456789abcdefTICKET"
OTHER = "OTHER-SESSION-0123456789"
MANIFEST = """
system: small
name: {{zh: 小, en: small}}
kind: [crm]
settings:
  password: {{type: secret, title: {{zh: 密码, en: Password}}}}
auth: {{kind: login, request: {{method: POST, path: /login, body: {{p: "{{password}}"}}}}, {use}}}
entities:
  customer:
    id: id
    list: {{request: {{path: things}}, rows: data, paging: {{kind: none}}}}
"""
USES = {
    "in the query, from the body": ("token: data.ticket, headers: {}, query: {t: '{token}'}", "query"),
    "as a cookie": ("token_cookie: sid, headers: {Cookie: 'sid={token}'}", "cookie"),
    "in a header of its own": ("token_header: X-Ticket, headers: {X-Ticket: '{token}'}", "header"),
    "in the path of the reply": ("token: data.ticket, headers: {X-T: '{token}'}", "echo"),
}


def login(_asked: Asked) -> tuple[int, Any, dict[str, str]]:
    body = {"code": 0, "data": {"ticket": TICKET, "sessionNo": OTHER, "user": "张三", "pages": [1, 2]}}
    return 200, body, {"Set-Cookie": f"sid={TICKET}; Path=/", "X-Ticket": TICKET}


def tried(tmp_path: Path, use: str, pager: Any) -> str:
    (tmp_path / "small.yaml").write_text(MANIFEST.format(use=use), "utf-8")
    seen: list[Exchange] = []
    with Vendor(pager=pager, extra={"/login": login}) as vendor:
        given = {"base_url": vendor.url, "password": PASSWORD}
        TOOLS.attempt(tmp_path / "small.yaml", "customer", given, limit=5, tell=seen.append)
        assert vendor.asked[0].json == {"p": PASSWORD}
    return "\n".join(f"{one.request}\n{one.reply}" for one in seen)


@pytest.mark.parametrize("use", USES)
def test_no_secret_is_shown_wherever_it_stands(use: str, tmp_path: Path) -> None:
    def pager(asked: Asked) -> Any:
        return {"data": [{"id": 1, "echo": asked.query.get("t") or asked.headers.get("x-t") or "-"}]}

    shown = tried(tmp_path, USES[use][0], pager)
    for secret in (TICKET, OTHER, PASSWORD, 'p\\"ss', "p%22ss"):
        assert secret not in shown, shown
    assert "/login" in shown
    assert "/things" in shown
    assert "张三" in shown
    assert '"ticket":"***"' in shown.replace(" ", "")
    assert '"id":1' in shown.replace(" ", ""), "what is no secret is shown"


def test_a_secret_at_the_edge_of_what_is_shown_is_not_cut_in_half(tmp_path: Path) -> None:
    body = {"data": [{"id": 1, "text": "x" * (SHOWN - 45) + TICKET + "y" * 60}]}
    shown = tried(tmp_path, USES["in a header of its own"][0], lambda _asked: body)
    assert "TICKET" not in shown
    assert "…" in shown


def test_a_login_whose_token_is_not_found_shows_where_it_may_be_and_not_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(MANIFEST.format(use="token: data.tocken"), "utf-8")
    seen: list[Exchange] = []
    with Vendor(extra={"/login": login}) as vendor, pytest.raises(Unreachable) as caught:
        given = {"base_url": vendor.url, "password": PASSWORD}
        TOOLS.attempt(tmp_path / "small.yaml", "customer", given, limit=5, tell=seen.append)
    assert "令牌" in caught.value.text.zh
    assert '"ticket"' in seen[-1].reply
    assert TICKET not in f"{seen}{caught.value}{caught.value.as_json()}"


OPEN = [
    ("kind: bearer, token: abcdefgh", ""),
    ("kind: bearer, token: '{user}'", "{user}"),
    ("kind: basic, user: a, password: '{user}'", "{user}"),
    ("kind: key, headers: {X-Key: '{user}'}", "{user}"),
    ("kind: oauth2, grant: client_credentials, token_path: t, client_id: a, client_secret: abcdefgh", ""),
    ("kind: login, request: {method: POST, path: l, body: {p: '{user}'}}, token: t", "{user}"),
    ("kind: signature, digest: md5, parts: ['{user}', '{timestamp}']", "{user}"),
]


@pytest.mark.parametrize(("auth", "named"), OPEN)
def test_a_secret_in_plain_text_is_found_by_the_check(auth: str, named: str) -> None:
    text = MANIFEST.replace("{{", "{").replace("}}", "}")
    line = next(line for line in text.splitlines() if line.startswith("auth:"))
    settings = "  user: {title: {zh: 用户, en: User}}\nauth: {" + auth + "}"
    made, found = read_system(text.replace(line, settings), file="small.yaml")
    assert made is None
    assert "type: secret" in found[0].whole.en
    assert "明文" in found[0].whole.zh
    assert named.strip("{}") in found[0].value
