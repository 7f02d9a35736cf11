"""The pure parts of the Tryton connector: values of the wire, refusals, shapes, and lines of accounts as documents."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.tryton import ledger, shapes, wire
from connectors.tryton.errors import error_of, judge
from connectors.tryton.objects import CUSTOMER, ORDER
from hub.connector.reply import Reply
from hub.errors import (
    CredentialsRejected,
    DuplicateInSystem,
    HubError,
    OutcomeUnknown,
    PeriodClosed,
    PermissionMissing,
    RecordGone,
    RecordLocked,
    RecordRejected,
    Unreachable,
    ValidationFailed,
)

DAY = {"__class__": "date", "year": 2026, "month": 11, "day": 2}
MOMENT = {**DAY, "__class__": "datetime", "hour": 1, "minute": 2, "second": 3, "microsecond": 40}
Row = dict[str, Any]


# --- wire ---


def test_values_of_the_wire_become_plain_ones() -> None:
    row = {"a": {"__class__": "Decimal", "decimal": "12.50"}, "b": DAY, "c": MOMENT, "d": [DAY], "e": None}
    assert wire.plain(row) == {
        "a": Decimal("12.50"),
        "b": "2026-11-02",
        "c": "2026-11-02T01:02:03.000040",
        "d": ["2026-11-02"],
        "e": None,
    }


def test_a_part_that_was_asked_for_stands_instead_of_its_ids() -> None:
    row = {
        "lines": [3, 4],
        "lines.": [{"id": 3}, {"id": 4}],
        "party": 2,
        "currency": 1,
        "currency.": {"id": 1, "code": "CNY"},
    }
    assert wire.plain(row) == {"lines": [{"id": 3}, {"id": 4}], "party": 2, "currency": {"id": 1, "code": "CNY"}}


@pytest.mark.parametrize(("sent", "read"), [(1, True), (0, False), (True, True), (None, None)])
def test_flags_are_the_same_from_both_databases(sent: Any, read: Any) -> None:
    assert wire.plain({"active": sent})["active"] is read


def test_values_are_sent_by_the_type_of_their_field() -> None:
    assert wire.typed("numeric", "x", "12.50") == {"__class__": "Decimal", "decimal": "12.50"}
    assert wire.typed("date", "x", "2026-11-02") == DAY
    assert wire.typed("many2one", "x", {"id": 7}) == 7
    assert wire.typed("many2one", "x", "7") == 7
    assert wire.typed("float", "x", "2.50") == Decimal("2.50")
    assert wire.typed("char", "x", "7") == "7"
    assert wire.typed("numeric", "x", None) is None


@pytest.mark.parametrize(
    ("kind", "value"), [("numeric", "ten"), ("date", "tomorrow"), ("many2one", "x"), ("many2one", [])]
)
def test_what_a_field_cannot_hold_is_refused_by_name(kind: str, value: Any) -> None:
    with pytest.raises(ValidationFailed) as caught:
        wire.typed(kind, "unit_price", value)
    assert caught.value.field == "unit_price"


def test_moments_go_out_as_they_came_in() -> None:
    assert wire.stamp("2026-11-02T01:02:03.000040") == MOMENT


# --- refusals ---


def reply(*, safe: bool, data: Any = None, status: int = 200) -> Reply:
    return Reply("tryton", "model.party.party.write", safe, status, {}, b"", data)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (["UserError", ['A value is required for field "Name" in "Party".', "", None]], ValidationFailed),
        (
            ["UserError", ['You are trying to write to records "99" of "Party" that don\'t exist.', "", None]],
            RecordGone,
        ),
        (["UserError", ['You are not allowed to access "Sale".', "", None]], PermissionMissing),
        (["UserError", ["The code on party must be unique.", "", None]], DuplicateInSystem),
        (
            ["UserError", ['To continue, you must reopen the period "11" of company "X" for the date "Y".', "", None]],
            PeriodClosed,
        ),
        (["UserWarning", ["late.1", "The invoice is late.", ""]], RecordRejected),
        (["ConcurrencyException", "Records were modified in the meanwhile"], RecordLocked),
        (["LoginException", ["password", "Password for admin", "password"]], CredentialsRejected),
    ],
)
def test_what_a_refusal_means(said: Any, kind: type[HubError]) -> None:
    error = error_of(reply(safe=False), said)
    assert type(error) is kind
    assert error.vendor.code == said[0]
    assert error.vendor.message in error.text.zh
    assert error.vendor.message in error.text.en


def test_a_refusal_names_the_field() -> None:
    assert (
        error_of(reply(safe=False), ["UserError", ['A value is required for field "Name" in "Party".', "", None]]).field
        == "Name"
    )


def test_a_warning_is_told_without_its_technical_name() -> None:
    assert (
        error_of(reply(safe=False), ["UserWarning", ["late.1", "The invoice is late.", ""]]).vendor.message
        == "The invoice is late."
    )


@pytest.mark.parametrize(("safe", "kind"), [(True, Unreachable), (False, OutcomeUnknown)])
@pytest.mark.parametrize("said", [["'nam'", ""], ["NewException", {"a": 1}], [], "x"])
def test_an_unknown_refusal_is_never_success(said: Any, safe: bool, kind: type[HubError]) -> None:
    with pytest.raises(kind):
        judge(reply(safe=safe, data={"id": 1, "error": said}))


def test_a_result_is_no_error() -> None:
    judge(reply(safe=False, data={"id": 1, "result": None}))


# --- shapes ---


def test_a_version_covers_the_parts() -> None:
    row: Row = {
        "id": 2,
        "code": "7",
        "_timestamp": "1.5",
        "contact_mechanisms": [{"id": 4, "type": "mobile", "_timestamp": "2.5"}],
    }
    remote = CUSTOMER.remote(row)
    assert remote.version == '{"party.contact_mechanism,4":"2.5","party.party,2":"1.5"}'
    assert remote.number == "7"
    assert "_timestamp" not in str(remote.data)


def test_the_key_of_a_party_is_its_untyped_identifier() -> None:
    typed = {"id": 1, "type": "cn_vat", "code": "9133"}
    assert (
        CUSTOMER.remote({"id": 2, "identifiers": [typed, {"id": 3, "type": None, "code": "HUB00000009"}]}).key
        == "HUB00000009"
    )
    assert CUSTOMER.remote({"id": 2, "identifiers": [typed]}).key == ""


def test_what_changed_since_covers_records_that_were_never_changed() -> None:
    domain = ORDER.changed_since("2026-11-02T01:02:03", lambda text: text)
    assert domain[0] == "OR"
    assert [one[0] for one in domain[1:]] == ["write_date", "create_date", "lines.write_date", "lines.create_date"]
    assert ORDER.changed_since("", str) == []


def test_only_lines_with_goods_are_lines() -> None:
    title = {"id": 1, "type": "title"}
    line = {"id": 2, "type": "line", "taxes": [{"rate": Decimal("0.13")}]}
    assert shapes.order({"lines": [line, title]})["lines"] == [{"id": 2, "tax_rate": Decimal("13.00")}]


def test_rates_add_up_and_a_fixed_tax_is_no_rate() -> None:
    assert shapes.percent([Decimal("0.10"), Decimal("0.03")]) == 13
    assert shapes.percent([]) == 0
    assert shapes.percent([None]) is None


# --- lines of accounts ---


def line(number: int, amount: str, *, move: int = 0, cash: bool = False, **more: Any) -> Row:
    value = Decimal(amount)
    journal = {"type": "cash" if cash else "revenue", "name": "x"}
    head = {
        "id": move or number,
        "number": str(move or number),
        "date": "2026-11-02",
        "state": "posted",
        "journal": journal,
    }
    company = {"currency": {"code": "CNY"}}
    sums = {"debit": max(value, Decimal(0)), "credit": max(-value, Decimal(0))}
    return {"id": number, "move": head, "party": 2, "company": company, "reconciliation": None, **sums, **more}


def invoice_line(number: int, amount: str, invoice: int = 1, **more: Any) -> Row:
    return line(number, amount, move=100 + invoice, move_origin=f"account.invoice,{invoice}", **more)


def amounts(lines: list[Row]) -> list[tuple[str, Decimal]]:
    return [(pair.id, pair.amount) for pair in ledger.pairs(lines)]


def test_a_part_payment_pays_the_instalment_that_falls_due_first() -> None:
    two = [invoice_line(3, "2034", maturity_date="2027-01-21"), invoice_line(4, "2034", maturity_date="2026-11-22")]
    first = line(5, "-1000", cash=True, invoice_payment=1)
    assert amounts([*two, first]) == [("4-5", Decimal(1000))]
    second = line(6, "-3068", cash=True, invoice_payment=1)
    assert amounts([*two, first, second]) == [("4-5", Decimal(1000)), ("4-6", Decimal(1034)), ("3-6", Decimal(2034))]


def test_a_reconciliation_changes_no_earlier_pair() -> None:
    settled = {"reconciliation": {"id": 9, "number": "R1"}}
    rows = [
        invoice_line(3, "100"),
        line(5, "-40", cash=True, invoice_payment=1),
        line(6, "-60", cash=True, invoice_payment=1),
    ]
    before = amounts(rows[:2])
    after = amounts([{**row, **settled} for row in rows])
    assert before == after[:1]
    assert sum(amount for _id, amount in after) == 100


def test_a_credit_note_and_its_invoice_settle_each_other() -> None:
    both = {"reconciliation": {"id": 9, "number": "R1"}}
    rows = [invoice_line(3, "100", 1, **both), invoice_line(4, "-100", 2, **both)]
    assert amounts(rows) == [("3-4", Decimal(100)), ("4-3", Decimal(-100))]
    settled = [ledger.settlement(pair) for pair in ledger.pairs(rows)]
    assert [(one["receivable"], one["receipt"]) for one in settled] == [("101-2", None), ("102-2", None)]


def test_money_paid_back_against_a_receipt_settles_no_receivable() -> None:
    both = {"reconciliation": {"id": 9, "number": "R1"}, "cash": True}
    rows = [line(3, "100", **both), line(5, "-100", **both)]
    assert amounts(rows) == []
    assert [ledger.receipt(row)["amount"] for row in rows] == [-100, 100]


def test_lines_that_nothing_ties_together_settle_nothing() -> None:
    assert amounts([line(3, "100"), line(5, "-100", cash=True)]) == []


def test_a_foreign_currency_is_kept_beside_the_books() -> None:
    usd = {"second_currency": {"code": "USD"}, "amount_second_currency": Decimal("14.00")}
    [found] = ledger.receivables([invoice_line(3, "100", **usd)], {}, {})
    assert (found["currency"], found["amount"], found["book_currency"], found["book_amount"]) == (
        "USD",
        Decimal("14.00"),
        "CNY",
        100,
    )


def test_a_move_of_two_parties_is_two_receivables() -> None:
    rows = [line(3, "100", move=7), {**line(4, "50", move=7), "party": 8}]
    assert [one["id"] for one in ledger.receivables(rows, {}, {})] == ["7-2", "7-8"]


@pytest.mark.parametrize(
    ("state", "settled", "said"), [("draft", False, "draft"), ("posted", False, "open"), ("posted", True, "settled")]
)
def test_the_state_of_a_receivable(state: str, settled: bool, said: str) -> None:
    row = line(3, "100", reconciliation={"id": 1} if settled else None)
    row["move"]["state"] = state
    assert ledger.receivables([row], {}, {})[0]["state"] == said


def test_the_invoice_gives_number_and_sale() -> None:
    invoices: Mapping[int, Row] = {1: {"id": 1, "number": "INV-1", "sales": [{"id": 5, "number": "SO-5"}]}}
    [found] = ledger.receivables([invoice_line(3, "100")], invoices, {})
    assert (found["number"], found["order"], found["order_number"]) == ("INV-1", 5, "SO-5")


cents = st.integers(1, 500_000).map(lambda n: str(Decimal(n) / 100))


@given(st.lists(cents, min_size=1, max_size=6), st.lists(cents, min_size=1, max_size=6))
def test_no_pair_pays_more_than_is_owed_or_came_in(debts: list[str], paid: list[str]) -> None:
    rows = [invoice_line(n, amount) for n, amount in enumerate(debts, 1)]
    rows += [line(n, f"-{amount}", cash=True, invoice_payment=1) for n, amount in enumerate(paid, 50)]
    found = ledger.pairs(rows)
    total = sum((pair.amount for pair in found), Decimal(0))
    assert total == min(sum(map(Decimal, debts)), sum(map(Decimal, paid)))
    by_debt = ledger.paid_by_line(found)
    assert all(amount <= Decimal(debts[number - 1]) for number, amount in by_debt.items())
    assert all(pair.amount > 0 for pair in found)


@given(st.lists(cents, min_size=1, max_size=5), st.lists(cents, min_size=2, max_size=6))
def test_a_later_payment_leaves_earlier_pairs_as_they_are(debts: list[str], paid: list[str]) -> None:
    rows = [invoice_line(n, amount, maturity_date=f"2027-01-{n:02}") for n, amount in enumerate(debts, 1)]
    money = [line(n, f"-{amount}", cash=True, invoice_payment=1) for n, amount in enumerate(paid, 50)]
    before, after = amounts([*rows, *money[:-1]]), amounts([*rows, *money])
    assert after[: len(before)] == before
