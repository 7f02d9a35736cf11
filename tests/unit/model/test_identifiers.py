"""Tax codes and their check digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from hub.model.identifiers import has_check_digit, kind_of, organisation_code_is_valid, tax_code

# Public codes of large listed companies, from their published annual reports.
VALID = ("91440300708461136T", "91330100799655058B", "91110108551385082Q")


@pytest.mark.parametrize("code", VALID)
def test_real_codes_are_valid(code: str) -> None:
    assert tax_code(code) == code
    assert kind_of(code) == "uscc"
    assert has_check_digit(code)


def test_spelling_is_made_one() -> None:
    assert tax_code(" 9144 0300 7084 6113 6t ") == VALID[0]
    assert tax_code("９１４４０３００７０８４６１１３６Ｔ") == VALID[0]
    assert tax_code("  ") is None


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"), st.sampled_from(VALID))
def test_one_wrong_character_is_found(place: int, mark: str, code: str) -> None:
    wrong = code[:place] + mark + code[place + 1 :]
    if wrong != code:
        assert not uscc.is_valid(wrong)
        with pytest.raises(ValueError, match="校验位"):
            tax_code(wrong)


@pytest.mark.parametrize("bad", ["123", "9144030070846113", "91440300708461136TT", "91440300-甲0846113"])
def test_wrong_lengths_and_marks_are_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="18"):
        tax_code(bad)


def test_old_codes_are_kept_but_only_checked_ones_link() -> None:
    assert tax_code("440300708461136") == "440300708461136"
    assert kind_of("440300708461136") == "tax15"
    assert organisation_code_is_valid("708461136")
    assert has_check_digit("440300708461136")
    assert not has_check_digit("440300708461137")
    assert kind_of(str(tax_code("1" * 20))) == "tax20"
    assert not has_check_digit("1" * 20)


def test_an_identity_card_may_be_a_tax_code() -> None:
    assert kind_of(str(tax_code("11010519491231002x"))) == "person"


def test_organisation_codes_need_nine_known_marks() -> None:
    assert not organisation_code_is_valid("70846113")
    assert not organisation_code_is_valid("7084611-6")
