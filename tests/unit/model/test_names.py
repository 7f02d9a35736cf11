"""Names made comparable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.names import bigrams, normal_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("杭州华星贸易有限公司", "杭州华星贸易有限责任公司"),
        ("杭州华星贸易（集团）有限公司", "杭州华星贸易(集团)有限公司"),
        ("杭州华星贸易【集团】有限公司", " 杭州华星 贸易（集团）有限公司 "),
        ("杭州華星貿易有限公司", "杭州华星贸易有限公司"),
        ("Huaxing Trading Co., Ltd.", "HUAXING TRADING CO.,LTD"),
        ("ＡＢＣ科技", "abc科技"),
        ("阿里·巴巴", "阿里巴巴"),
    ],
)
def test_spellings_of_one_name_are_equal(one: str, other: str) -> None:
    assert normal_name(one) == normal_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("华星贸易有限公司", "华星贸易股份有限公司"),
        ("华星贸易有限公司", "华兴贸易有限公司"),
        ("华星贸易杭州分公司", "华星贸易有限公司"),
        ("第1中学", "第2中学"),
    ],
)
def test_two_companies_stay_two(one: str, other: str) -> None:
    assert normal_name(one) != normal_name(other)


@given(st.text(max_size=40))
def test_the_normal_form_is_stable(text: str) -> None:
    name = normal_name(text)
    assert normal_name(name) == name


def test_bigrams_are_distinct_and_in_order() -> None:
    assert bigrams("华星贸易") == ("华星", "星贸", "贸易")
    assert bigrams("哈哈哈") == ("哈哈",)
    assert bigrams("华星") == ("华", "星")
    assert bigrams("华") == ("华",)
    assert bigrams("") == ()
