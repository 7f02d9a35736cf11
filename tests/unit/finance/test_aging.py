"""Aging over books made by hand: what is outstanding, of whom, how old, in which currency."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import BadInput
from hub.finance.aging import age, money_text
from hub.finance.books import Books, Party, Receivable, Settlement
from hub.finance.buckets import bucket_of, make_buckets
from hub.finance.forecast import expect
from hub.finance.open_items import open_items
from hub.finance.spread import spread
from tests.unit.finance.factory import DAY, HUAXING, LI, WANG, XIHU, books, receipt, receivable, settled

D = Decimal


def outstanding(found: Books, day: date = DAY) -> dict[str, Decimal]:
    return {f"{item.number}{item.line}": item.outstanding for item in open_items(found, day)}


@pytest.mark.parametrize(
    ("days", "key"),
    [(None, "not_due"), (-5, "not_due"), (0, "not_due"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"),
     (61, "61-90"), (90, "61-90"), (91, ">90"), (4000, ">90")],
)  # fmt: skip
def test_the_last_day_of_a_bucket_belongs_to_it(days: int | None, key: str) -> None:
    assert bucket_of(make_buckets(), days).key == key


def test_buckets_can_be_chosen() -> None:
    keys = [bucket.key for bucket in make_buckets([7, 30])]
    assert keys == ["not_due", "1-7", "8-30", ">30"]


@pytest.mark.parametrize("bounds", [[], [30, 30], [60, 30], [0], [-1], ["30"], [30.0], [True], list(range(1, 20))])
def test_wrong_buckets_are_refused_with_the_value(bounds: list[object]) -> None:
    with pytest.raises(BadInput) as refused:
        make_buckets(bounds)
    assert refused.value.field == "aging.buckets"
    assert "账龄分段" in refused.value.text.zh


def test_a_match_that_names_its_instalment_settles_that_one() -> None:
    found = books(receivable(1, [("2026-02-01", "60"), ("2026-03-01", "40")]), settled(1, "40", row="n-b"))
    assert outstanding(found) == {"AR1a": D(60)}


def test_a_match_without_instalment_settles_the_oldest_first() -> None:
    found = books(receivable(1, [("2026-02-01", "60"), ("2026-03-01", "40")]), settled(1, "70"))
    assert outstanding(found) == {"AR1b": D(30)}


def test_an_unknown_instalment_counts_like_none() -> None:
    found = books(receivable(1, [("2026-02-01", "60"), ("2026-03-01", "40")]), settled(1, "70", row="n-gone"))
    assert outstanding(found) == {"AR1b": D(30)}


def test_a_reversal_opens_the_instalment_again_from_its_own_day() -> None:
    found = books(
        receivable(1, [("2026-02-01", "100")]),
        settled(1, "100", "2026-03-01", row="n-a"),
        settled(1, "-100", "2026-04-01", row="n-a"),
    )
    assert outstanding(found, date(2026, 2, 28)) == {"AR1a": D(100)}
    assert outstanding(found, date(2026, 3, 31)) == {}
    assert outstanding(found, date(2026, 4, 1)) == {"AR1a": D(100)}


def test_too_much_settled_shows_as_a_negative_amount() -> None:
    found = books(receivable(1, [("2026-02-01", "60"), ("2026-03-01", "40")]), settled(1, "110"))
    assert outstanding(found) == {"AR1b": D(-10)}


def test_a_credit_note_is_settled_by_negative_matches() -> None:
    found = books(receivable(1, [("2026-02-01", "-60"), ("2026-03-01", "-40")]), settled(1, "-70"))
    assert outstanding(found) == {"AR1b": D(-30)}


def test_a_receivable_of_tomorrow_is_not_there_yet() -> None:
    found = books(receivable(1, [("2026-12-30", "10")], dated=DAY + timedelta(days=1)))
    assert outstanding(found) == {}


def test_groups_by_customer_and_salesperson() -> None:
    report = age(
        books(
            receivable(1, [("2026-11-20", "10")]),
            receivable(2, [("2026-08-01", "20.05")], customer=XIHU),
            receivable(3, [("2026-12-01", "5")], customer=XIHU, owner=LI),
        ),
        DAY,
    )
    assert [(g.party, g.total, g.overdue) for g in report.by_customer] == [
        (XIHU, D("25.05"), D("20.05")),
        (HUAXING, D(10), D(10)),
    ]
    assert [(g.party, g.total) for g in report.by_owner] == [(WANG, D("30.05")), (LI, D(5))]
    assert report.totals[0].buckets == {"not_due": D(5), "1-30": D(10), "31-60": D(0), "61-90": D(0), ">90": D("20.05")}


def test_currencies_are_never_summed() -> None:
    report = age(
        books(receivable(1, [("2026-11-20", "10")]), receivable(2, [("2026-11-20", "1000")], currency="JPY")), DAY
    )
    assert [(g.currency, g.total) for g in report.totals] == [("CNY", D(10)), ("JPY", D(1000))]
    assert [(g.party, g.currency) for g in report.by_customer] == [(HUAXING, "CNY"), (HUAXING, "JPY")]
    assert report.as_json()["totals"][1]["total"] == "1000"


def test_money_that_settles_nothing_yet_stands_apart() -> None:
    report = age(books(receivable(1, [("2026-11-01", "100")]), receipt(7, "80"), settled(1, "50", receipt_id=7)), DAY)
    assert report.totals[0].total == D(50)
    assert [(one.number, one.unmatched) for one in report.advances] == [("SK7", D(30))]
    assert report.by_customer[0].advances == D(30)
    before = age(books(receipt(7, "80"), settled(1, "50", receipt_id=7)), date(2026, 2, 28))
    assert before.advances[0].unmatched == D(80)


def test_nobody_named_is_a_group_of_its_own() -> None:
    nobody, pending = Party(), Party(None, "KH9", "KH9")
    report = age(
        books(receivable(1, [("2026-11-01", "1")], customer=nobody), receivable(2, [("2026-11-01", "2")], customer=pending)),
        DAY,
    )  # fmt: skip
    shown = report.as_json()["by_customer"]
    assert [(row["id"], row["name"], row["total"]) for row in shown] == [
        (None, "KH9", "2.00"),
        (None, "（未指定） / (none)", "1.00"),
    ]


def test_settlements_that_cannot_be_placed_are_named() -> None:
    found = books(receivable(1, [("2026-11-01", "10")]), settled(None, "3", key=5), settled(1, "4", day="", key=6))
    report = age(found, DAY)
    assert report.totals[0].total == D(6)
    assert [one.record_id for one in report.oddities] == [5, 6]
    found.whole = False
    assert age(found, DAY).oddities == []


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [("1.5", "CNY", "1.50"), ("1000", "JPY", "1000"), ("1.005", "CNY", "1.005"), ("1E+3", "CNY", "1000.00"),
     ("0.5", "KWD", "0.500"), ("7", "", "7.00"), ("-0.1", "USD", "-0.10")],
)  # fmt: skip
def test_amounts_as_text_lose_no_digit(amount: str, currency: str, text: str) -> None:
    assert money_text(D(amount), currency) == text


def test_expected_cash_by_week() -> None:
    found = books(
        receivable(1, [("2026-11-20", "1"), ("2026-11-21", "2"), ("2026-11-22", "4"), ("2026-11-23", "8")]),
        receivable(2, [("2027-11-23", "16")]),
    )
    row = expect(found, DAY, weeks=2).as_json()["currencies"][0]
    assert row == {
        "currency": "CNY",
        "weeks": [{"monday": "2026-11-16", "amount": "6.00"}, {"monday": "2026-11-23", "amount": "8.00"}],
        "overdue": "1.00",
        "later": "16.00",
        "undated": "0.00",
    }


amounts = st.decimals(min_value="-99999", max_value="99999", places=2)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@st.composite
def some_books(draw: st.DrawFn) -> Books:
    found = Books()
    for key in range(1, draw(st.integers(1, 5)) + 1):
        plan = [
            (day.isoformat(), str(amount))
            for day, amount in draw(st.lists(st.tuples(days, amounts), min_size=1, max_size=4))
        ]
        who = draw(st.sampled_from([HUAXING, XIHU]))
        one = receivable(
            key, sorted(plan), customer=who, currency=draw(st.sampled_from(["CNY", "USD"])), dated=draw(days)
        )
        found = _joined(found, books(one))
    keys = [one.id for one in found.receivables]
    for _ in range(draw(st.integers(0, 8))):
        row = draw(st.sampled_from(["", "n-a", "n-b", "n-z"]))
        one_day = draw(days).isoformat()
        found.settlements.append(settled(draw(st.sampled_from(keys)), str(draw(amounts)), one_day, row=row))
    return found


def _joined(left: Books, right: Books) -> Books:
    return Books([*left.receivables, *right.receivables], [], [*left.settlements], {**left.lines, **right.lines})


def there(one: Receivable, day: date) -> bool:
    return one.dated is None or one.dated <= day


@given(some_books(), days)
def test_buckets_customers_and_totals_all_say_the_same(found: Books, day: date) -> None:
    report = age(found, day)
    for total in report.totals:
        rows = [group for group in report.by_customer if group.currency == total.currency]
        assert sum(total.buckets.values(), D(0)) == total.total == sum((row.total for row in rows), D(0))
        for key, amount in total.buckets.items():
            assert amount == sum((row.buckets[key] for row in rows), D(0))


@given(some_books(), days)
def test_outstanding_is_amounts_less_settlements_per_currency(found: Books, day: date) -> None:
    report = age(found, day)
    for currency in ("CNY", "USD"):
        mine = {one.id: one.amount for one in found.receivables if one.currency == currency and there(one, day)}
        paid = sum((s.amount for s in found.settlements if s.receivable in mine and in_time(s, day)), D(0))
        stated = sum((group.total for group in report.totals if group.currency == currency), D(0))
        assert stated == sum(mine.values(), D(0)) - paid


def in_time(one: Settlement, day: date) -> bool:
    return one.dated is not None and one.dated <= day


@given(some_books(), days)
def test_what_happens_later_never_changes_a_past_day(found: Books, day: date) -> None:
    then = Books(
        [one for one in found.receivables if there(one, day)],
        [],
        [one for one in found.settlements if in_time(one, day)],
        found.lines,
    )
    assert age(found, day).as_json() == age(then, day).as_json()


@given(
    st.lists(st.decimals(min_value="0", max_value="999", places=2), min_size=1, max_size=5),
    st.decimals(min_value="-5000", max_value="5000", places=2),
)
def test_spreading_loses_nothing(plan: list[Decimal], rest: Decimal) -> None:
    parts = spread(plan, {0: D(1)}, rest)
    assert sum(parts, D(0)) == rest + 1
    if 0 <= rest <= sum(plan[1:], D(0)):
        assert all(part <= amount for part, amount in zip(parts[1:], plan[1:], strict=True))
