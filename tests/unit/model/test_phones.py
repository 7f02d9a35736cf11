"""Phone numbers have one canonical spelling and one at home."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.phones import canonical_phone, is_canonical, is_mobile, national


@pytest.mark.parametrize(
    ("text", "canonical", "at_home"),
    [
        ("13800138000", "+8613800138000", "13800138000"),
        ("+86 138-0013-8000", "+8613800138000", "13800138000"),
        ("138 0013 8000", "+8613800138000", "13800138000"),
        ("０５７１－８８８８８８８８", "+8657188888888", "0571-88888888"),
        ("(0571)88888888", "+8657188888888", "0571-88888888"),
        ("86-0571-88888888", "+8657188888888", "0571-88888888"),
        ("0571-88888888-12", "+8657188888888;ext=12", "0571-88888888-12"),
        ("0571-88888888转12", "+8657188888888;ext=12", "0571-88888888-12"),
        ("010-62345678 分机8001", "+861062345678;ext=8001", "010-62345678-8001"),
        ("400-800-1234", "+864008001234", "4008001234"),
        ("+1 650-253-0000", "+16502530000", "+16502530000"),
    ],
)
def test_numbers_go_there_and_back(text: str, canonical: str, at_home: str) -> None:
    assert canonical_phone(text) == canonical
    assert national(canonical) == at_home
    assert canonical_phone(at_home) == canonical
    assert is_canonical(canonical)
    assert not is_canonical(text)


@pytest.mark.parametrize("text", ["", "无", "12345", "88888888", "138001380000", "1380013800", "张三 13800138000"])
def test_what_is_no_number_gives_none(text: str) -> None:
    assert canonical_phone(text) is None


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_mobiles_round_trip(text: str) -> None:
    canonical = canonical_phone(text)
    assert canonical == "+86" + text
    assert is_mobile(canonical)
    assert national(canonical) == text


@given(st.text(max_size=24))
def test_any_text_is_judged_without_an_exception(text: str) -> None:
    canonical = canonical_phone(text)
    assert canonical is None or canonical_phone(canonical) == canonical


def test_other_regions_are_possible() -> None:
    assert canonical_phone("2812 3456", "HK") == "+85228123456"
    assert national("+85228123456", "HK") == "28123456"
    assert national("+8613800138000", "HK") == "+8613800138000"
