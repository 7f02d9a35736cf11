"""Marks of reads that found nothing new: the latest counts, and an older read never hides a newer one (I9)."""

from datetime import timedelta

from sqlalchemy import select, update

from hub.store.apply import apply_plan
from hub.store.core import binding
from hub.store.database import Database
from hub.store.lookup import bindings_by_external, bindings_by_id
from hub.store.marks import mark_read, read_lately, seen_after, with_marks
from hub.store.pageplan import PagePlan
from tests.records import NOW, bind, bound

EXTERNAL = "X1"


def _binding(db: Database) -> int:
    bind(db, bound(1, EXTERNAL, read_seq=5, read_at=NOW), bound(2, "X2", read_seq=5, read_at=None))
    with db.read() as tx:
        return int(tx.scalar(select(binding.c.id).where(binding.c.external_id == EXTERNAL)) or 0)


def _seq(db: Database) -> int:
    with db.read() as tx:
        return int(with_marks(tx, bindings_by_external(tx, 1, "receivable", [EXTERNAL, "X2"]))[EXTERNAL].read_seq)


def test_the_later_of_mark_and_binding_counts(any_database: Database) -> None:
    key = _binding(any_database)
    assert _seq(any_database) == 5
    for seq, counts in ((3, 5), (9, 9), (7, 9), (11, 11)):
        with any_database.write() as tx:
            mark_read(tx, [key], seq=seq, at=NOW)
        assert _seq(any_database) == counts


def test_a_mark_says_when_it_was_read_and_an_older_mark_does_not_take_that_back(any_database: Database) -> None:
    key, later = _binding(any_database), NOW + timedelta(minutes=5)
    with any_database.write() as tx:
        mark_read(tx, [key], seq=9, at=later)
        mark_read(tx, [key], seq=8, at=NOW)
    with any_database.read() as tx:
        rows = read_lately(tx, list(bindings_by_id(tx, [key, key + 1]).values()))
        assert {row.id: row.read_at for row in rows} == {key: later, key + 1: None}


def test_queries_see_marks_that_are_newer_than_a_read(any_database: Database) -> None:
    key = _binding(any_database)
    with any_database.write() as tx:
        mark_read(tx, [key], seq=9, at=NOW)
    with any_database.read() as tx:
        seen = {seq: list(tx.scalars(select(binding.c.id).where(seen_after(seq)))) for seq in (8, 9)}
    assert seen == {8: [key], 9: []}


def test_a_hint_that_comes_while_a_page_is_read_is_not_taken_back(any_database: Database) -> None:
    key = _binding(any_database)
    with any_database.write() as tx:
        tx.execute(update(binding).where(binding.c.id == key).values(reread=True))
        plan = PagePlan(seen=[key], counts={"_read_seq": 9})
        apply_plan(tx, plan, targets=[], now=NOW, run_id=None)
        assert tx.scalar(select(binding.c.reread).where(binding.c.id == key)) is True
    assert _seq(any_database) == 9
