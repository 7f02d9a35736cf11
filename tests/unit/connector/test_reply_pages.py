"""Web pages where a reply should be: what they call themselves is what people read."""

import pytest

from hub.connector.reply import Reply, page_title, status_error, untrusted
from hub.errors import ConfigInvalid, OutcomeUnknown, PermissionMissing, Unreachable

PAGE = "<!DOCTYPE html>\n<html><head><title>系统 维护中</title><style>b{color:red}</style></head><body>稍后再试</body></html>"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (PAGE, "系统 维护中"),
        ("<html><head><title> </title></head><body><h1>502</h1> Bad Gateway</body></html>", "502 Bad Gateway"),
        ("<HTML><BODY><script>alert('x')</script>升级中</BODY></HTML>", "升级中"),
        ("<html><body>" + "长" * 100 + "</body></html>", "长" * 59 + "…"),
        ('{"html": "<html>"}', ""),
        ("<xml><ToUserName/></xml>", ""),
        ("", ""),
    ],
)
def test_a_page_is_called_by_its_title_or_its_first_words(text: str, title: str) -> None:
    assert page_title(text) == title


@pytest.mark.parametrize(("safe", "kind"), [(True, Unreachable), (False, OutcomeUnknown)])
def test_a_page_instead_of_a_reply_is_named(*, safe: bool, kind: type[Exception]) -> None:
    error = untrusted(Reply("erp", "save", safe, 200, {}, PAGE.encode()), "不是 JSON", "not JSON")
    assert type(error) is kind
    assert "网页“系统 维护中”" in error.text.zh
    assert error.remedy is not None
    assert error.remedy.job == "nobody"


@pytest.mark.parametrize(
    ("status", "kind", "job", "press"),
    [(403, PermissionMissing, "system_admin", "出口地址"), (404, ConfigInvalid, "hub_admin", "hub connections change")],
)
def test_a_refusing_page_says_whose_job_it_is(status: int, kind: type[Exception], job: str, press: str) -> None:
    error = status_error(Reply("erp", "read", True, status, {}, PAGE.encode()))
    assert type(error) is kind
    assert "系统 维护中" in error.text.zh
    assert error.remedy is not None
    assert (error.remedy.job, press in error.remedy.press.zh) == (job, True)
