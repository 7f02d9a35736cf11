"""Who is this: keys, and what candidates mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sync.identity import Candidate, Key, identity_keys, match

TAX = "91310000MA1FL5E75Q"
ME = {"name": "杭州西湖茶业有限公司", "mobile": "+8613800000001"}


def test_only_a_tax_code_with_a_valid_check_digit_is_strong() -> None:
    assert Key("tax_code", TAX, strong=True) in identity_keys("customer", {**ME, "tax_code": TAX})
    wrong = identity_keys("customer", {**ME, "tax_code": "110108123456789"})
    assert {key.kind for key in wrong} == {"phone", "name"}
    assert not identity_keys("order", {"number": "SO-1"}), "documents never match by number"


@pytest.mark.parametrize(
    ("other", "bound", "verdict"),
    [
        ({**ME}, False, "link"),
        ({**ME}, True, "possible"),
        ({**ME, "mobile": "+8613900000009"}, False, "possible"),
        ({"name": "完全不同的名字", "mobile": ME["mobile"]}, False, "new"),
        ({"name": "杭州西湖茶叶有限公司", "mobile": ME["mobile"]}, False, "possible"),
        ({"name": "别的公司", "mobile": "+8613900000009"}, False, "new"),
    ],
)
def test_weak_evidence_links_only_when_name_and_phone_agree(other: dict[str, str], bound: bool, verdict: str) -> None:
    assert match("customer", ME, [Candidate(5, other, bound=bound)]).verdict == verdict


def test_two_that_agree_are_a_question() -> None:
    found = match("customer", ME, [Candidate(5, ME), Candidate(6, ME)])
    assert (found.verdict, found.candidates) == ("possible", (5, 6))


def test_the_tax_code_links_or_makes_an_alias_and_keeps_others_apart() -> None:
    mine = {**ME, "tax_code": TAX}
    assert match("customer", mine, [Candidate(5, {"name": "别名", "tax_code": TAX})]).verdict == "link"
    assert match("customer", mine, [Candidate(5, {"name": "别名", "tax_code": TAX}, bound=True)]).verdict == "alias"
    stranger = {**ME, "tax_code": "91110000100000017C"}
    assert match("customer", mine, [Candidate(5, stranger)]).verdict in ("new", "possible")


def test_a_contact_belongs_to_its_customer() -> None:
    person = {"name": "王芳", "mobile": "+8613800000002", "customer": 3}
    assert match("contact", person, [Candidate(8, {**person})]).verdict == "link"
    assert match("contact", person, [Candidate(8, {**person, "customer": 4})]).verdict == "new"
    assert match("contact", {**person, "customer": {"$ref": {}}}, [Candidate(8, person)]).verdict == "new"
    assert match("contact", person, [Candidate(8, {**person, "mobile": None})]).verdict == "possible"


def test_a_product_needs_its_name_besides_its_number() -> None:
    tea = {"number": "P1", "name": "龙井", "specification": "100g"}
    assert match("product", tea, [Candidate(2, {**tea})]).verdict == "link"
    assert match("product", tea, [Candidate(2, {"number": "P1", "name": "龙井100g"})]).verdict == "link"
    assert match("product", tea, [Candidate(2, {"number": "P1", "name": "茶杯"})]).verdict == "possible"
    assert match("product", tea, [Candidate(2, {"number": "P2", "name": "茶杯"})]).verdict == "new"


def test_a_system_that_knows_no_specifications_has_the_same_products() -> None:
    tea, plain = {"number": "P1", "name": "龙井", "specification": "100g"}, {"number": "P1", "name": "龙井"}
    assert match("product", plain, [Candidate(2, tea)]).verdict == "link"
    assert match("product", tea, [Candidate(2, plain)]).verdict == "link"
    other = {**tea, "specification": "250g"}
    assert match("product", tea, [Candidate(2, other)]).verdict == "possible"
    assert match("product", {"name": "龙井"}, [Candidate(2, tea)]).verdict != "link", "a name alone says too little"


@given(name=st.text(max_size=8), phone=st.sampled_from(["", "+8613800000001"]), order=st.permutations([1, 2, 3]))
def test_the_verdict_does_not_depend_on_the_order_of_candidates(name: str, phone: str, order: list[int]) -> None:
    data = {"name": name, "mobile": phone}
    known = {1: ME, 2: {"name": name, "mobile": phone}, 3: {"name": name + "x", "mobile": phone}}
    one = match("customer", data, [Candidate(i, known[i]) for i in (1, 2, 3)])
    two = match("customer", data, [Candidate(i, known[i]) for i in order])
    assert (one.verdict, set(one.candidates)) == (two.verdict, set(two.candidates))


def test_a_product_is_known_whichever_system_filled_it_first() -> None:
    """One system writes the specification into the name, another beside it; a third meets a record that has it in both places."""
    numbered = {"number": "WL-6"}
    joined, apart = {"name": "工业润滑油 28L", **numbered}, {"name": "工业润滑油", "specification": "28L", **numbered}
    both = {**joined, "specification": "28L"}
    for known in (joined, apart, both):
        for row in (joined, apart, both):
            assert match("product", row, [Candidate(6, known)]).verdict == "link", (known, row)
    assert match("product", {**apart, "specification": "30L"}, [Candidate(6, both)]).verdict == "possible"
