"""Chinese regions 国家/省/市/区县: split from text, joined to text, with the suffixes people leave out put back."""

import re
from dataclasses import dataclass

COUNTRY = "中国"
_COUNTRIES = {"中国", "中华人民共和国", "china", "cn", "中国大陆"}
_MUNICIPALITIES = {"北京": "北京市", "天津": "天津市", "上海": "上海市", "重庆": "重庆市"}
_PROVINCES = {
    **{name: name + "省" for name in (
        "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北",
        "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾",
    )},
    **_MUNICIPALITIES,
    "内蒙古": "内蒙古自治区", "广西": "广西壮族自治区", "西藏": "西藏自治区", "宁夏": "宁夏回族自治区",
    "新疆": "新疆维吾尔自治区", "香港": "香港特别行政区", "澳门": "澳门特别行政区",
}  # fmt: skip
_SHORT = {full: short for short, full in _PROVINCES.items()}
# Prefectures whose full name does not end in 市.
_PREFECTURES = {
    **{name: name + "地区" for name in ("大兴安岭", "阿里", "阿克苏", "喀什", "和田", "塔城", "阿勒泰")},
    **{name: name + "盟" for name in ("兴安", "锡林郭勒", "阿拉善")},
    "延边": "延边朝鲜族自治州", "恩施": "恩施土家族苗族自治州", "湘西": "湘西土家族苗族自治州",
    "阿坝": "阿坝藏族羌族自治州", "甘孜": "甘孜藏族自治州", "凉山": "凉山彝族自治州",
    "黔西南": "黔西南布依族苗族自治州", "黔东南": "黔东南苗族侗族自治州", "黔南": "黔南布依族苗族自治州",
    "楚雄": "楚雄彝族自治州", "红河": "红河哈尼族彝族自治州", "文山": "文山壮族苗族自治州",
    "西双版纳": "西双版纳傣族自治州", "大理": "大理白族自治州", "德宏": "德宏傣族景颇族自治州",
    "怒江": "怒江傈僳族自治州", "迪庆": "迪庆藏族自治州", "临夏": "临夏回族自治州", "甘南": "甘南藏族自治州",
    "海北": "海北藏族自治州", "黄南": "黄南藏族自治州", "果洛": "果洛藏族自治州", "玉树": "玉树藏族自治州",
    "海西": "海西蒙古族藏族自治州", "昌吉": "昌吉回族自治州", "博尔塔拉": "博尔塔拉蒙古自治州",
    "巴音郭楞": "巴音郭楞蒙古自治州", "克孜勒苏": "克孜勒苏柯尔克孜自治州", "伊犁": "伊犁哈萨克自治州",
    "海南州": "海南藏族自治州",
}  # fmt: skip
_CITY = re.compile(r"(.{2,12}?(?:自治州|地区|盟|市))")
_DISTRICT = re.compile(r"(.{1,12}?(?:自治县|自治旗|林区|特区|区|县|旗|市))")
_SEPARATORS = re.compile(r"[|/,，>\\\s\-]+")
_PREFECTURE_END = ("市", "自治州", "盟", "地区")


@dataclass(frozen=True, slots=True)
class Region:
    """Parts as full names; None = not said. `rest` is what followed the district (street, door)."""

    country: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    rest: str | None = None

    def parts(self) -> tuple[str | None, str | None, str | None, str | None]:
        return self.country, self.province, self.city, self.district


def full_province(name: str) -> str | None:
    """浙江 or 浙江省 -> 浙江省; None for what is no province."""
    return name if name in _SHORT else _PROVINCES.get(name)


def short_province(name: str) -> str:
    """浙江省 -> 浙江; other text comes back as it is."""
    return _SHORT.get(name, name)


def full_city(name: str) -> str:
    """杭州 -> 杭州市, 凉山 -> 凉山彝族自治州; full names come back as they are."""
    if name.endswith(_PREFECTURE_END) and name not in _PREFECTURES:
        return name
    return _PREFECTURES.get(name, name + "市")


def split_region(text: str, *, country_first: bool = False) -> Region:
    """Split "浙江省杭州市西湖区…", "浙江|杭州|西湖", "中国|浙江省|杭州市|西湖区".

    What is no Chinese province becomes `rest`, or, where the country comes first, is taken as it stands.
    """
    parts = [part for part in _SEPARATORS.split(text.strip()) if part]
    if country_first and parts and parts[0].casefold() not in _COUNTRIES and full_province(parts[0]) is None:
        return _as_given(parts)
    country = COUNTRY if parts and parts[0].casefold() in _COUNTRIES else None
    parts = parts[1:] if country else parts
    if not parts:
        return Region(country=country)
    province = full_province(parts[0])
    if province is None:
        return _run_together(country, "".join(parts), text)
    return _separated(country, province, parts[1:])


def join_region(region: Region, separator: str = "", *, country: bool = False) -> str:
    """The parts as one text; the city of a municipality is left out when parts run together (上海市浦东新区)."""
    if separator:
        first = (region.country or (COUNTRY if region.province else None),) if country else ()
        return separator.join(part or "" for part in (*first, *region.parts()[1:])).rstrip(separator)
    city = None if region.city == region.province else region.city
    return "".join(part or "" for part in (region.country if country else None, region.province, city, region.district))


def _as_given(parts: list[str]) -> Region:
    country, province, city, district, *rest = [*parts, None, None, None, None][: max(4, len(parts))]
    return Region(country, province, city, district, "".join(part for part in rest if part) or None)


def _separated(country: str | None, province: str, parts: list[str]) -> Region:
    if province in _MUNICIPALITIES.values() and parts and full_city(parts[0]) != province:
        parts = [province, *parts]
    city = full_city(parts[0]) if parts else None
    district = parts[1] if len(parts) > 1 else None
    return Region(country, province, city, district, "".join(parts[2:]) or None)


def _run_together(country: str | None, text: str, original: str) -> Region:
    prefix = next((name for name in _COUNTRIES if text.startswith(name)), "")
    country = country or (COUNTRY if prefix else None)
    text = text[len(prefix) :]
    found = next((name for name in (*_SHORT, *_PROVINCES) if text.startswith(name)), None)
    if found is None:
        return Region(country=country, rest=original)
    province = full_province(found)
    rest = text[len(found) :]
    city: str | None
    if province and province in _MUNICIPALITIES.values():
        city, rest = province, rest.removeprefix(province).removeprefix("市辖区")
    else:
        city, rest = _first(_CITY, rest)
    district, rest = _first(_DISTRICT, rest)
    return Region(country, province, city, district, rest or None)


def _first(pattern: re.Pattern[str], text: str) -> tuple[str | None, str]:
    found = pattern.match(text)
    return (found.group(1), text[found.end() :]) if found else (None, text)
