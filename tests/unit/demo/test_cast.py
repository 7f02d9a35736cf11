"""Who plays in the demo, from the words that a user types."""

import pytest

from demo.cast import UnknownSystem, cast_of
from demo.main import run


@pytest.mark.parametrize(
    ("words", "erps", "chats"),
    [
        ("", ("kingdee",), ("wecom",)),
        ("dingtalk,yonyou", ("yonbip",), ("dingtalk",)),
        ("yonbip， DingTalk", ("yonbip",), ("dingtalk",)),
        ("dingtalk", ("kingdee",), ("dingtalk",)),
        ("yonyou,kingdee", ("kingdee", "yonbip"), ("wecom",)),
        ("all", ("kingdee", "yonbip"), ("wecom", "dingtalk")),
    ],
)
def test_a_role_nobody_is_named_for_keeps_its_default(
    words: str, erps: tuple[str, ...], chats: tuple[str, ...]
) -> None:
    cast = cast_of(words)
    assert (cast.crm, cast.erps, cast.chats) == ("ec", erps, chats)
    assert cast.systems == ("ec", *erps, *chats)


def test_an_unknown_system_is_named_with_those_that_play() -> None:
    with pytest.raises(UnknownSystem, match=r"sap.*kingdee, yonbip"):
        cast_of("sap")


def test_a_wrong_word_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(systems="oracle") == 2
    assert "oracle" in capsys.readouterr().out


def test_only_sandboxes_with_quotas_get_switches() -> None:
    assert cast_of("all").settings == {"dingtalk": {"qps": 0}}
