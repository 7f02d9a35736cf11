"""What must hold when records are read: coverage, ties, shifting pages, expiry, exactness."""

from decimal import Decimal
from typing import ClassVar

from hub.connector.testing.collect import Collected, needs
from hub.connector.testing.kit import AWKWARD, NUMBER, Kit, counted, floats_in, last_checkpoint, rows_of
from hub.errors import Unreachable

MONEY = Decimal("1234567.89")


class Reading(Collected):
    skew_s: ClassVar[int] = 600
    """How far the vendor's clock may be from the hub's; less where the vendor refuses signatures of another time."""

    @needs("pull", sample="seed")
    def test_a_pull_covers_every_record_once(self, kit: Kit, entity: str) -> None:
        ids = kit.seed(entity, kit.many(entity))
        pages = list(kit.client().pull(entity, None))
        seen = counted(rows_of(iter(pages)))
        assert set(ids) <= set(seen)
        assert [one for one, times in seen.items() if times > 1] == [], "on a quiet system no record comes twice"
        assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]

    @needs("pull", sample="seed")
    def test_an_empty_system_is_one_last_page(self, kit: Kit, entity: str) -> None:
        pages = list(kit.client().pull(entity, None))
        assert pages
        assert pages[-1].more is False

    @needs("pull", sample="seed edit has")
    def test_an_edit_in_the_second_of_the_checkpoint_is_not_missed(self, kit: Kit, entity: str) -> None:
        ids = kit.seed(entity, 4)
        client = kit.client()
        pages = list(client.pull(entity, None))
        kit.edit(entity, ids[1], 7)
        has = kit.samples[entity].has
        assert has is not None
        again = {row.id: row for row in rows_of(client.pull(entity, last_checkpoint(pages)))}
        assert ids[1] in again
        assert has(again[ids[1]].data, 7)

    @needs("pull", sample="seed edit")
    def test_a_later_pull_brings_the_changes_only(self, kit: Kit, entity: str) -> None:
        ids = kit.seed(entity, 6)
        client = kit.client()
        pages = list(client.pull(entity, None))
        kit.control.advance(int(kit.entity(entity).overlap_s) + 3600)
        pages = list(client.pull(entity, last_checkpoint(pages)))
        kit.control.advance(int(kit.entity(entity).overlap_s) + 3600)
        kit.edit(entity, ids[2], 3)
        seen = set(counted(rows_of(client.pull(entity, last_checkpoint(pages)))))
        assert ids[2] in seen
        if kit.entity(entity).cursor == "modified" and not kit.samples[entity].siblings:
            assert not seen & {*ids[:2], *ids[3:]}, "unchanged records must not be read again"

    @needs("pull", sample="seed edit has")
    def test_clocks_that_differ_hide_no_change(self, kit: Kit, entity: str) -> None:
        for skew in (-self.skew_s, 2 * self.skew_s):
            kit.control.skew(skew)
            ids, client = kit.seed(entity, 4), kit.client()
            pages = list(client.pull(entity, None))
            for wait in (int(kit.entity(entity).overlap_s) + 3600, 60):
                kit.control.advance(wait)
                pages = list(client.pull(entity, last_checkpoint(pages)))
            kit.edit(entity, ids[1], 7)
            again = {row.id: row for row in rows_of(client.pull(entity, last_checkpoint(pages)))}
            has = kit.samples[entity].has
            assert has is not None
            assert ids[1] in again, f"a change was hidden by a clock {skew} s apart"
            assert has(again[ids[1]].data, 7)

    @needs("pull", sample="seed edit has")
    def test_pages_that_shift_while_being_read(self, kit: Kit, entity: str) -> None:
        ids = kit.seed(entity, kit.many(entity))
        client = kit.client()
        pages = client.pull(entity, None)
        first = next(pages)
        read = [row.id for row in first.rows if row.id in set(ids)]
        unread = [one for one in ids if one not in set(read)]
        kit.delete(entity, read[0])
        edited = [read[1], *unread[-1:]]
        for one in edited:
            kit.edit(entity, one, 9)
        rest = list(pages)
        rows = {row.id: row for row in [*first.rows, *rows_of(iter(rest))]}
        assert set(ids) - {read[0]} <= set(rows), "a record was skipped because another one moved"
        rows |= {row.id: row for row in rows_of(client.pull(entity, last_checkpoint([first, *rest])))}
        has = kit.samples[entity].has
        assert has is not None
        assert all(has(rows[one].data, 9) for one in edited), "an edit during the pull was missed"

    @needs("pull", sample="seed")
    def test_a_stored_checkpoint_never_passes_what_has_not_landed(self, kit: Kit, entity: str) -> None:
        ids = kit.seed(entity, kit.many(entity))
        kit.control.advance(int(kit.entity(entity).overlap_s) + 3600)  # or the overlap would hide a wrong checkpoint
        client = kit.client()
        first = next(client.pull(entity, None))
        resumed = rows_of(client.pull(entity, first.checkpoint))
        assert set(ids) <= {row.id for row in [*first.rows, *resumed]}

    @needs("pull", sample="seed", faults="token_expired")
    def test_a_token_that_expires_between_pages(self, kit: Kit, entity: str) -> None:
        ids = kit.seed(entity, kit.many(entity))
        pages = kit.client().pull(entity, None)
        first = next(pages)
        calls = len(kit.calls)
        kit.control.fault("token_expired")
        seen = counted([*first.rows, *rows_of(pages)])
        assert set(ids) <= set(seen)
        assert "token_expired" in kit.control.fired() or len(kit.calls) == calls

    @needs("pull", sample="seed", faults="repeat_page")
    def test_a_page_that_comes_twice(self, kit: Kit, entity: str) -> None:
        ids = kit.seed(entity, kit.many(entity))
        pages = kit.client().pull(entity, None)
        first = next(pages)
        kit.control.fault("repeat_page")
        assert set(ids) <= set(counted([*first.rows, *rows_of(pages)]))

    @needs("pull", sample="seed")
    def test_one_bad_reply_heals_by_itself(self, kit: Kit, entity: str) -> None:
        ids = kit.seed(entity, 3)
        client = kit.client()
        for fault in ("garbage", "http_500", "drop_before_commit"):
            kit.control.fault(fault)
            assert set(ids) <= set(counted(rows_of(client.pull(entity, None))))

    @needs("pull", sample="seed")
    def test_a_vendor_that_stays_broken_is_unreachable_and_read_again_later(self, kit: Kit, entity: str) -> None:
        ids = kit.seed(entity, 3)
        client = kit.client()
        for fault in ("garbage", "http_500"):
            kit.control.fault(fault, rate=1.0)
            with kit.failing(Unreachable):
                rows_of(client.pull(entity, None))
            kit.control.clear_faults()
        assert set(ids) <= set(counted(rows_of(client.pull(entity, None))))

    @needs("read", sample="seed")
    def test_reading_by_id_leaves_out_what_is_not_there(self, kit: Kit, entity: str) -> None:
        ids = kit.seed(entity, 3)
        client = kit.client()
        kit.delete(entity, ids[1])
        found = client.read(entity, ids)
        assert set(found) == {ids[0], ids[2]}
        assert all(row.id == one for one, row in found.items())
        assert client.read(entity, []) == {}

    @needs("read", "pull", sample="seed")
    def test_reading_by_id_and_pulling_show_the_same_record(self, kit: Kit, entity: str) -> None:
        ids = kit.seed(entity, 2)
        client = kit.client()
        pulled = {row.id: row for row in rows_of(client.pull(entity, None))}
        for one, row in client.read(entity, ids).items():
            assert row.data == pulled[one].data
            assert (row.number, row.stage) == (pulled[one].number, pulled[one].stage)

    @needs("read", sample="seed")
    def test_reading_more_ids_than_one_call_takes(self, kit: Kit, entity: str) -> None:
        ids = kit.seed(entity, kit.entity(entity).read_batch + 3)
        assert set(kit.client().read(entity, ids)) == set(ids)

    @needs("pull", sample="seed")
    def test_no_float_anywhere(self, kit: Kit, entity: str) -> None:
        kit.seed(entity, 3)
        for row in rows_of(kit.client().pull(entity, None)):
            assert floats_in(row.data) == []

    @needs("pull", sample="seed_money money_of")
    def test_money_is_exact(self, kit: Kit, entity: str) -> None:
        sample = kit.samples[entity]
        assert sample.seed_money is not None
        assert sample.money_of is not None
        ids = kit.seed_rows(entity, [sample.seed_money(MONEY)])
        row = next(row for row in rows_of(kit.client().pull(entity, None)) if row.id == ids[0])
        assert Decimal(str(sample.money_of(row.data))) == MONEY
        assert not isinstance(sample.money_of(row.data), float)

    @needs("pull", sample="seed_text text_of")
    def test_awkward_text_comes_through_unharmed(self, kit: Kit, entity: str) -> None:
        sample = kit.samples[entity]
        assert sample.seed_text is not None
        assert sample.text_of is not None
        ids = kit.seed_rows(entity, [sample.seed_text(AWKWARD)])
        row = next(row for row in rows_of(kit.client().pull(entity, None)) if row.id == ids[0])
        assert sample.text_of(row.data) == AWKWARD

    @needs("pull", sample="seed_number")
    def test_a_long_number_is_text_and_stays_whole(self, kit: Kit, entity: str) -> None:
        sample = kit.samples[entity]
        assert sample.seed_number is not None
        ids = kit.seed_rows(entity, [sample.seed_number(NUMBER)])
        row = next(row for row in rows_of(kit.client().pull(entity, None)) if row.id == ids[0])
        assert row.number == NUMBER

    @needs("delete_feed", sample="seed")
    def test_the_delete_feed_names_what_was_deleted(self, kit: Kit, entity: str) -> None:
        ids = kit.seed(entity, 4)
        client = kit.client()
        start = last_checkpoint(list(client.deleted(entity, None)))
        kit.delete(entity, ids[0])
        kit.control.advance(15 * 86_400)
        kit.delete(entity, ids[2])
        pages = list(client.deleted(entity, start))
        rows = rows_of(iter(pages))
        assert {row.id for row in rows} == {ids[0], ids[2]}
        assert all(row.deleted for row in rows)
        kit.control.advance(int(kit.entity(entity).overlap_s) + 60)
        later = list(client.deleted(entity, last_checkpoint(pages)))
        assert rows_of(client.deleted(entity, last_checkpoint(later))) == []
