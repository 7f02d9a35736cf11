"""Round-trip laws of every step, on values that hypothesis makes up."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hub.mapping.laws import broken_law, law_of, round_trip
from hub.mapping.refused import BAD
from hub.mapping.steps import STEPS, Law
from hub.mapping.steps.times import DateStep
from tests.unit.mapping.samples import line

TEXTS = st.text(max_size=40)
PHONES = st.from_regex(r"(1[3-9][0-9]{9}|0571-?[2-8][0-9]{7}(-[0-9]{1,4})?)", fullmatch=True) | TEXTS
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**12), max_value=10**12)
DAYS = (
    st.dates().map(str)
    | st.dates().map(lambda day: f"{day}T00:00:00")
    | st.dates().map(lambda day: day.strftime("%Y/%m/%d"))
)
EPOCHS = st.integers(0, 4_102_444_800)
LOCAL = st.datetimes().map(lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S")).filter(lambda text: text >= "1950")
STATUS = {"A": "active", "B": "disabled"}

# (what the line says, native values, what the law must be)
LINES: list[tuple[dict[str, Any], st.SearchStrategy[Any], Law]] = [
    ({"field": "name", "native": "n", "steps": ["text"]}, TEXTS, Law.LOSSLESS),
    ({"field": "name", "native": "n", "steps": [{"text": {"max": 5, "long": "cut"}}]}, TEXTS, Law.NORMALISING),
    ({"field": "remark", "native": "n", "steps": [{"text": {"lines": "space"}}]}, TEXTS, Law.NORMALISING),
    ({"field": "name", "native": "n", "steps": ["trim"]}, TEXTS, Law.NORMALISING),
    ({"field": "name", "native": "n", "steps": [{"trim": {"inner": True}}]}, TEXTS, Law.NORMALISING),
    ({"field": "name", "native": "n", "steps": ["width"]}, TEXTS, Law.NORMALISING),
    ({"field": "name", "native": "n", "steps": [{"width": {"to": "full"}}]}, TEXTS, Law.NORMALISING),
    ({"field": "email", "native": "n", "steps": ["trim", {"case": {"to": "lower"}}]}, TEXTS, Law.NORMALISING),
    ({"field": "number", "native": "n", "steps": [{"case": {"to": "upper"}}]}, TEXTS, Law.NORMALISING),
    ({"field": "mobile", "native": "n", "steps": ["phone"]}, PHONES, Law.NORMALISING),
    ({"field": "phone", "native": "n", "steps": [{"phone": {"form": "international"}}]}, PHONES, Law.NORMALISING),
    ({"field": "custom.a", "type": "decimal", "native": "n", "steps": ["decimal"]}, NUMBERS, Law.LOSSLESS),
    (
        {"field": "custom.a", "type": "money", "native": "n", "steps": [{"decimal": {"send": "text"}}]},
        NUMBERS,
        Law.LOSSLESS,
    ),
    (
        {"field": "custom.a", "type": "money", "native": "n", "steps": [{"decimal": {"places": 2}}]},
        NUMBERS,
        Law.NORMALISING,
    ),
    (
        {"field": "custom.a", "type": "money", "native": "n", "steps": [{"decimal": {"factor": "0.01", "places": 2}}]},
        st.integers(-(10**15), 10**15),
        Law.NORMALISING,
    ),
    (
        {
            "field": "custom.a",
            "type": "decimal",
            "native": "n",
            "steps": [{"decimal": {"factor": "-0.3", "places": 4}}],
        },
        NUMBERS,
        Law.NORMALISING,
    ),
    ({"field": "custom.d", "type": "date", "native": "n", "steps": ["date"]}, DAYS, Law.NORMALISING),
    (
        {"field": "custom.d", "type": "date", "native": "n", "steps": [{"date": {"format": "compact"}}]},
        DAYS,
        Law.NORMALISING,
    ),
    (
        {"field": "custom.d", "type": "date", "native": "n", "steps": [{"date": {"format": "epoch_s"}}]},
        EPOCHS,
        Law.NORMALISING,
    ),
    ({"field": "custom.t", "type": "time", "native": "n", "steps": ["time"]}, LOCAL, Law.NORMALISING),
    (
        {"field": "custom.t", "type": "time", "native": "n", "steps": [{"time": {"format": "epoch_ms"}}]},
        EPOCHS,
        Law.NORMALISING,
    ),
    (
        {"field": "custom.t", "type": "time", "native": "n", "steps": [{"time": {"format": "iso", "zone": "UTC"}}]},
        LOCAL,
        Law.NORMALISING,
    ),
    (
        {"field": "status", "native": "n", "steps": [{"lookup": {"table": STATUS}}]},
        st.sampled_from(["A", "B"]),
        Law.LOSSLESS,
    ),
    (
        {"field": "status", "native": "n", "steps": [{"lookup": {"table": {**STATUS, "C": "disabled"}}}]},
        st.sampled_from(["A", "B", "C"]),
        Law.NORMALISING,
    ),
    (
        {
            "field": "status",
            "native": "n",
            "steps": [{"lookup": {"table": {"1": "active", "0": "disabled"}, "send": "int"}}],
        },
        st.sampled_from([0, 1, "0", "1", Decimal("1.0")]),
        Law.LOSSLESS,
    ),
    (
        {"field": "owner", "native": "n.FNumber", "steps": [{"reference": {"entity": "employee", "by": "number"}}]},
        st.text("ABC_1", min_size=1, max_size=8),
        Law.LOSSLESS,
    ),
    (
        {"field": "owner", "native": "n", "steps": [{"reference": {"entity": "employee", "send": "int"}}]},
        st.integers(1, 10**15),
        Law.LOSSLESS,
    ),
    ({"field": "level", "native": "n", "steps": [{"default": {"pull": "C", "push": "C"}}]}, TEXTS, Law.NORMALISING),
    (
        {"field": ["custom.a", "custom.b"], "type": "text", "native": "n", "steps": ["split"]},
        st.text("ab| ", max_size=12),
        Law.NORMALISING,
    ),
    (
        {"field": "name", "native": ["n", "m"], "steps": [{"join": {"separator": "/"}}]},
        st.tuples(st.text("ab ", max_size=6), st.text("ab/ ", max_size=6)).map(list),
        Law.NORMALISING,
    ),
    (
        {"field": "name", "native": ["n", "m"], "steps": [{"join": {"take": "first"}}, "trim"]},
        st.tuples(TEXTS, TEXTS).map(list),
        Law.NORMALISING,
    ),
    (
        {
            "field": ["region.province", "region.city", "region.district"],
            "native": "n",
            "steps": [{"region": {"separator": "|"}}],
        },
        st.lists(st.sampled_from(["浙江", "浙江省", "上海", "杭州", "大理", "西湖区", "长兴县"]), max_size=3).map(
            "|".join
        ),
        Law.NORMALISING,
    ),
    (
        {
            "field": ["region.country", "region.province", "region.city", "region.district"],
            "native": "n",
            "steps": [{"region": {"separator": "|", "country": True, "suffix": "short"}}],
        },
        st.lists(st.sampled_from(["中国", "浙江省", "上海市", "杭州市", "美国", "加州", "西湖区"]), max_size=4).map(
            "|".join
        ),
        Law.NORMALISING,
    ),
    (
        {"field": "region.province", "native": "n", "steps": [{"region": {"part": "province", "suffix": "short"}}]},
        st.sampled_from(["浙江", "广西壮族自治区", "x"]),
        Law.NORMALISING,
    ),
]
PRICES = st.decimals(min_value=0, max_value=10**8, places=4)


@pytest.mark.parametrize("case", LINES, ids=lambda case: f"{case[0]['field']}-{case[0]['steps']}")
def test_lines_have_the_law_they_declare(case: Any) -> None:
    written, natives, law = case
    plan = line(**written)
    assert law_of(plan) is law
    tried: list[object] = []

    @settings(max_examples=120, deadline=None)
    @given(natives)
    def holds(native: Any) -> None:
        tried.append(native)
        assert broken_law(plan, native) is None

    holds()
    assert len(tried) > 1


@settings(deadline=None)
@given(PRICES, st.sampled_from(["0", "1", "6", "9", "13"]))
def test_tax_goes_out_and_in_again(price: Decimal, rate: str) -> None:
    written = {
        "field": ["price", "tax_rate"],
        "native": ["p", "r"],
        "steps": ["decimal", {"tax": {"places": 6}}, {"decimal": {"places": 2}}],
    }
    plan = line("product", **written)
    assert law_of(plan) is Law.NORMALISING
    assert broken_law(plan, [price, Decimal(rate)]) is None


@settings(deadline=None)
@given(st.data())
def test_lossless_lines_keep_golden_values_too(data: st.DataObject) -> None:
    """pull(push(g)) = g: what a lossless or normalising line pulled survives a second trip unchanged."""
    written, natives, _law = data.draw(st.sampled_from(LINES))
    plan, native = line(**written), data.draw(natives)
    try:
        trip = round_trip(plan, native)
    except BAD:
        assume(False)
        return
    assert plan.narrows or trip.again == trip.golden
    assert trip == round_trip(plan, native)


def test_every_step_is_in_this_test() -> None:
    used = {step if isinstance(step, str) else next(iter(step)) for written, _, _ in LINES for step in written["steps"]}
    assert used | {"tax", "constant", "template"} == set(STEPS)


@pytest.mark.parametrize(
    "written",
    [
        {"field": "currency", "direction": "pull", "steps": [{"constant": {"value": "CNY"}}]},
        {"native": "n", "direction": "push", "steps": [{"template": {"text": "{name}"}}]},
        {"field": "name", "native": "n", "direction": "pull", "steps": ["trim"]},
    ],
)
def test_one_way_lines_have_no_round_trip(written: dict[str, Any]) -> None:
    plan = line(**written)
    assert law_of(plan) is Law.ONE_WAY
    assert broken_law(plan, "x") is None


def test_what_cannot_go_back_breaks_the_law() -> None:
    """Steps in the wrong order: the table knows "active", but push hands it "ACTIVE"."""
    plan = line(field="level", native="n", steps=[{"lookup": {"table": {"A": "active"}}}, {"case": {"to": "upper"}}])
    found = broken_law(plan, "A")
    assert found is not None
    assert "推不回去" in found.zh
    assert "ACTIVE" in found.en
    assert broken_law(plan, "Z") is None


def test_a_value_that_changes_on_every_trip_breaks_the_law() -> None:
    written = {"field": ["custom.a", "custom.b"], "type": "text", "native": "n"}
    plan = line(
        **written, steps=[{"split": {"separator": "|"}}, {"lookup": {"table": {"x": "y", "y": "x"}, "unmapped": "y"}}]
    )
    assert broken_law(plan, "x|y") is None
    swap = line(
        field="level",
        native="n",
        steps=[{"default": {"pull": "a", "push": "b"}}, {"default": {"pull": "b", "push": "a"}}],
    )
    assert broken_law(swap, None) is None


def test_a_day_written_as_a_moment_in_utc_is_the_local_day() -> None:
    step = DateStep(format="utc").build()
    assert step.pull("2025-01-30T16:00:00.000Z") == "2025-01-31"
    assert step.push("2025-01-31") == "2025-01-30T16:00:00.000Z"
    assert step.pull("2025-01-31") == "2025-01-31"
