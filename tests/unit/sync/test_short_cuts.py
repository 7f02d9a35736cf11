"""The short cuts that a page of thousands takes give what the long way gives."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from hub.mapping.results import Pulled
from hub.model.identifiers import tax_code
from hub.sync.decide import decide
from hub.sync.merge import merge_unit
from hub.sync.rules import Rule, Rules

NAMES = ("name", "phone", "price", "quantity", "note")
rules_of_names = st.fixed_dictionaries(
    {
        name: st.builds(
            Rule,
            field=st.just(name),
            unit=st.sampled_from([name, "group"]),
            pull=st.booleans(),
            push=st.booleans(),
            winner=st.sampled_from(["here", "elsewhere", "nobody"]),
            blanks=st.booleans(),
        )
        for name in NAMES
    }
)
some_values = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([None, "a", "b"]))
bases = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from([None, "a", "b"]), min_size=2, max_size=2))


@given(rules_of_names, some_values, some_values, bases, some_values)
def test_decide_is_the_merge_of_every_unit(
    rules: dict[str, Rule],
    natives: dict[str, Any],
    mapped: dict[str, Any],
    base: dict[str, Any],
    golden: dict[str, Any],
) -> None:
    known = Rules(rules, first="here")
    values = {name: value for name, value in mapped.items() if name in natives}
    found = decide({"fields": base}, golden, Pulled(values, natives, []), known)
    fields, updates, agreed = dict(base), {}, set()
    for unit, members in known.units:
        merged = merge_unit(
            members, base=base, golden=golden, values=values, natives=natives, winner=members[0].winner, first="here"
        )
        fields.update(merged.base)
        updates.update({n: v for n, v in merged.updates.items() if golden.get(n) != v})
        if not merged.conflict and merged.verdict != "same":
            agreed.add(unit)
    assert (found.base["fields"], found.updates, found.agreed) == (fields, updates, agreed)


def bare_rules_of(names: tuple[str, ...]) -> Rules:
    return Rules({name: Rule(name, name) for name in names})


@given(some_values, some_values)
def test_a_new_record_takes_whatever_is_pulled(natives: dict[str, Any], mapped: dict[str, Any]) -> None:
    values = {name: value for name, value in mapped.items() if name in natives}
    found = decide({}, {}, Pulled(values, natives, []), bare_rules_of(NAMES))
    assert found.updates == {name: value for name, value in values.items() if value is not None}
    assert found.base["fields"] == {name: [value, natives[name]] for name, value in values.items()}


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXYIOZ", min_size=17, max_size=17))
def test_the_quick_check_of_a_tax_code_agrees_with_stdnum(body: str) -> None:
    code = body + (uscc.calc_check_digit(body) if all(c in uscc._alphabet for c in body) else "0")
    try:
        accepted = tax_code(code) == code
    except ValueError:
        accepted = False
    assert accepted == (uscc.is_valid(code) or ric.is_valid(code))
