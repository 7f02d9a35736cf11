"""Regions split and joined."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.regions import Region, full_city, full_province, join_region, short_province, split_region


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("浙江省杭州市西湖区文三路1号", Region(None, "浙江省", "杭州市", "西湖区", "文三路1号")),
        ("浙江|杭州|西湖区", Region(None, "浙江省", "杭州市", "西湖区")),
        ("中国|浙江省|杭州市|西湖区", Region("中国", "浙江省", "杭州市", "西湖区")),
        ("浙江省 杭州市 余杭区", Region(None, "浙江省", "杭州市", "余杭区")),
        ("上海市浦东新区", Region(None, "上海市", "上海市", "浦东新区")),
        ("中国|上海|上海|浦东新区", Region("中国", "上海市", "上海市", "浦东新区")),
        ("上海|浦东新区", Region(None, "上海市", "上海市", "浦东新区")),
        ("北京市北京市朝阳区", Region(None, "北京市", "北京市", "朝阳区")),
        ("四川省凉山彝族自治州西昌市", Region(None, "四川省", "凉山彝族自治州", "西昌市")),
        ("内蒙古锡林郭勒盟", Region(None, "内蒙古自治区", "锡林郭勒盟")),
        ("新疆|喀什", Region(None, "新疆维吾尔自治区", "喀什地区")),
        ("广东|广州", Region(None, "广东省", "广州市")),
        ("中国", Region("中国")),
        ("", Region()),
        ("美国加州", Region(rest="美国加州")),
    ],
)
def test_texts_are_split(text: str, region: Region) -> None:
    assert split_region(text) == region


def test_foreign_regions_stay_as_given_where_the_country_comes_first() -> None:
    assert split_region("美国|加州|洛杉矶", country_first=True) == Region("美国", "加州", "洛杉矶")
    assert split_region("浙江|杭州", country_first=True) == Region(None, "浙江省", "杭州市")
    assert split_region("法国|a|b|c|d", country_first=True).rest == "d"


def test_provinces_have_a_long_and_a_short_name() -> None:
    assert full_province("广西") == "广西壮族自治区"
    assert full_province("广西壮族自治区") == "广西壮族自治区"
    assert full_province("加州") is None
    assert short_province("香港特别行政区") == "香港"
    assert short_province("加州") == "加州"
    assert [full_city(name) for name in ("杭州", "杭州市", "大理", "喀什")] == [
        "杭州市",
        "杭州市",
        "大理白族自治州",
        "喀什地区",
    ]


PROVINCES = ("浙江省", "广东省", "西藏自治区", "上海市")


@given(
    st.sampled_from(PROVINCES),
    st.sampled_from(["杭州市", "凉山彝族自治州", "喀什地区", None]),
    st.sampled_from(["西湖区", "浦东新区", "西昌市", "长兴县", None]),
    st.sampled_from(["|", "/", " "]),
)
def test_separated_regions_round_trip(province: str, city: str | None, district: str | None, separator: str) -> None:
    city = "上海市" if province == "上海市" else city
    region = Region(None, province, city, district if city else None)
    assert split_region(join_region(region, separator)) == region


def test_joining_without_separator_says_a_municipality_once() -> None:
    region = Region("中国", "上海市", "上海市", "浦东新区")
    assert join_region(region) == "上海市浦东新区"
    assert join_region(region, country=True) == "中国上海市浦东新区"
    assert join_region(Region(None, "浙江省", "杭州市"), "|", country=True) == "中国|浙江省|杭州市"
