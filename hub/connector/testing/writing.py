"""What must hold when records are written: confirmed or unknown, never doubled, refused rows fail alone."""

import time
from typing import ClassVar

from hub.connector.contract import Client, Remote, Write, WriteOutcome
from hub.connector.testing.collect import Collected, needs
from hub.connector.testing.kit import AWKWARD, Kit, written
from hub.errors import (
    DuplicateInSystem,
    HubError,
    OutcomeUnknown,
    RateLimited,
    RecordLocked,
    RecordRejected,
    Unreachable,
)

WRITES = {"write": True}


class Writing(Collected):
    quota_s: ClassVar[float | None] = None
    """How many seconds the sandbox's `rate_limited` tells a client to wait; None where the vendor does not say."""

    @needs("create", "read", sample="write")
    def test_a_created_record_is_there(self, kit: Kit, entity: str) -> None:
        client = kit.client()
        made = written(client.create(entity, [kit.write(entity)])[0])
        assert set(client.read(entity, [made])) == {made}
        assert kit.created(entity) == 1

    @needs("create", "read", "update", sample="write change changed")
    def test_an_update_changes_the_given_fields(self, kit: Kit, entity: str) -> None:
        sample, client = kit.samples[entity], kit.client()
        assert sample.change is not None
        assert sample.changed is not None
        made = written(client.create(entity, [kit.write(entity)])[0])
        before = client.read(entity, [made])[made]
        write = Write("HUB-U", sample.change(5), id=made, number=before.number, version=before.version)
        assert written(client.update(entity, [write])[0]) == made
        after = client.read(entity, [made])[made]
        assert sample.changed(after.data, 5)
        assert after.number == before.number

    @needs("create", sample="write")
    def test_a_batch_answers_in_order(self, kit: Kit, entity: str) -> None:
        client = kit.client()
        writes = [kit.write(entity) for _ in range(kit.entity(entity).create_batch)]
        ids = [written(outcome) for outcome in client.create(entity, writes)]
        assert len(set(ids)) == len(writes) == kit.created(entity)

    @needs("create", sample="write bad")
    def test_one_bad_row_fails_alone(self, kit: Kit, entity: str) -> None:
        client, sample = kit.client(), kit.samples[entity]
        assert sample.bad is not None
        if kit.entity(entity).create_batch < 3:
            outcomes: list[WriteOutcome] = []
            for data in (None, sample.bad(1), None):
                outcomes += client.create(entity, [kit.write(entity, data)])
        else:
            outcomes = [
                *client.create(entity, [kit.write(entity), kit.write(entity, sample.bad(1)), kit.write(entity)])
            ]
        good = [written(outcomes[0]), written(outcomes[2])]
        assert isinstance(outcomes[1], RecordRejected), f"a refused row became {outcomes[1]!r}"
        assert outcomes[1].vendor.message or outcomes[1].vendor.code, "the vendor's words must be kept"
        assert len(set(good)) == kit.created(entity) == 2
        kit.errors.append(outcomes[1])

    @needs("create", sample="write")
    def test_a_lost_reply_is_unknown_and_the_record_is_made_once(self, kit: Kit, entity: str) -> None:
        self._lose(kit, entity, "commit_then_drop")
        assert kit.created(entity) == 1

    @needs("create", "find", sample="write", keys="number field")
    def test_after_a_lost_reply_the_record_is_found_by_its_key(self, kit: Kit, entity: str) -> None:
        write = self._lose(kit, entity, "commit_then_drop")
        found = kit.client().find(entity, write)
        assert len(found) == 1
        assert kit.client().find(entity, kit.write(entity)) == [], "another key must find nothing"

    @needs("create", sample="write")
    def test_a_call_that_died_before_the_vendor_read_it_is_not_success(self, kit: Kit, entity: str) -> None:
        write = self._lose(kit, entity, "drop_before_commit")
        assert kit.created(entity) == 0
        if "find" in kit.entity(entity).can and kit.entity(entity).key != "none":
            assert kit.client().find(entity, write) == []

    @needs("create", sample="write")
    def test_a_timeout_is_unknown(self, kit: Kit, entity: str) -> None:
        client = kit.client(timeout_s=1.0)
        self._warm(client, entity)
        kit.control.fault("timeout", delay_s=3, match=WRITES)
        with kit.failing(OutcomeUnknown):
            client.create(entity, [kit.write(entity)])

    @needs("create", "find", sample="write", keys="number field")
    def test_a_commit_that_lands_late_is_found_after_the_settle_time(self, kit: Kit, entity: str) -> None:
        write = self._lose(kit, entity, "late_commit", delay_s=0.5)
        found: list[Remote] = []
        until = time.monotonic() + max(kit.entity(entity).settle_s, 2.0)
        while not found and time.monotonic() < until:
            found = list(kit.client().find(entity, write))
        assert len(found) == 1

    @needs("create", sample="write")
    def test_a_page_of_html_is_no_confirmation(self, kit: Kit, entity: str) -> None:
        client = kit.client()
        self._warm(client, entity)
        for kind in ("garbage", "http_500"):
            kit.control.fault(kind, match=WRITES)
            with kit.failing(OutcomeUnknown):
                client.create(entity, [kit.write(entity)])

    @needs("create", "find", sample="write", keys="number")
    def test_creating_twice_with_the_same_key_makes_one_record(self, kit: Kit, entity: str) -> None:
        client, write = kit.client(), kit.write(entity)
        first = written(client.create(entity, [write])[0])
        second = client.create(entity, [write])[0]
        assert isinstance(second, DuplicateInSystem) or written(second) == first
        assert kit.created(entity) == 1
        assert [row.id for row in client.find(entity, write)] == [first]

    @needs("create", "read", sample="write_text text_of")
    def test_awkward_text_is_stored_unharmed(self, kit: Kit, entity: str) -> None:
        sample, client = kit.samples[entity], kit.client()
        assert sample.write_text is not None
        assert sample.text_of is not None
        made = written(client.create(entity, [kit.write(entity, sample.write_text(AWKWARD))])[0])
        assert sample.text_of(client.read(entity, [made])[made].data) == AWKWARD

    @needs("create", sample="write", faults="rate_limited")
    def test_a_quota_says_when_to_come_back_and_nothing_was_written(self, kit: Kit, entity: str) -> None:
        client = kit.client()
        self._warm(client, entity)
        kit.control.fault("rate_limited", match=WRITES)
        with kit.failing(RateLimited) as caught:
            _raise_first(client.create(entity, [kit.write(entity)]))
        assert isinstance(caught[0], RateLimited)
        assert caught[0].after > 0
        assert self.quota_s is None or caught[0].after == self.quota_s, "the vendor said when to come back"
        assert kit.created(entity) == 0

    @needs("create", sample="write", faults="token_expired")
    def test_a_write_with_a_dead_token_is_done_once(self, kit: Kit, entity: str) -> None:
        client = kit.client()
        self._warm(client, entity)
        kit.control.fault("token_expired", match=WRITES)
        written(client.create(entity, [kit.write(entity)])[0])
        assert kit.created(entity) == 1

    @needs("update", sample="seed change locks", faults="locked")
    def test_a_record_in_use_is_tried_later(self, kit: Kit, entity: str) -> None:
        sample, client = kit.samples[entity], kit.client()
        assert sample.change is not None
        one = kit.seed(entity, 1)[0]
        before = client.read(entity, [one])[one]
        kit.control.fault("locked", match=WRITES)
        write = Write("HUB-L", sample.change(1), id=one, number=before.number, version=before.version)
        with kit.failing(RecordLocked):
            _raise_first(client.update(entity, [write]))
        assert written(client.update(entity, [write])[0]) == one

    @needs("update", "read", sample="seed change changed")
    def test_an_update_of_a_seeded_record_shows(self, kit: Kit, entity: str) -> None:
        sample, client = kit.samples[entity], kit.client()
        assert sample.change is not None
        assert sample.changed is not None
        one, other = kit.seed(entity, 2)
        before = client.read(entity, [one, other])
        write = Write("HUB-S", sample.change(8), id=one, number=before[one].number, version=before[one].version)
        written(client.update(entity, [write])[0])
        after = client.read(entity, [one, other])
        assert sample.changed(after[one].data, 8)
        assert after[other].data == before[other].data

    @needs("update", sample="seed change")
    def test_a_lost_reply_to_an_update_is_unknown(self, kit: Kit, entity: str) -> None:
        sample, client = kit.samples[entity], kit.client()
        assert sample.change is not None
        one = kit.seed(entity, 1)[0]
        before = client.read(entity, [one])[one]
        kit.control.fault("commit_then_drop", match=WRITES)
        with kit.failing(OutcomeUnknown):
            write = Write("HUB-X", sample.change(2), id=one, number=before.number, version=before.version)
            _raise_first(client.update(entity, [write]))

    @needs("update", sample="seed change")
    def test_updating_what_is_gone_is_not_success(self, kit: Kit, entity: str) -> None:
        sample, client = kit.samples[entity], kit.client()
        assert sample.change is not None
        one = kit.seed(entity, 1)[0]
        kit.delete(entity, one)
        with kit.failing(HubError):
            _raise_first(client.update(entity, [Write("HUB-G", sample.change(1), id=one)]))

    def _lose(self, kit: Kit, entity: str, fault: str, **options: object) -> Write:
        """One create whose reply is lost in the given way."""
        client, write = kit.client(), kit.write(entity)
        self._warm(client, entity)
        kit.control.fault(fault, match=WRITES, **options)
        kinds = (OutcomeUnknown, Unreachable) if fault == "drop_before_commit" else (OutcomeUnknown,)
        with kit.failing(*kinds):
            client.create(entity, [write])
        return write

    def _warm(self, client: Client, entity: str) -> None:
        """Get tokens and settings first, so that the armed fault meets the write itself."""
        client.check()


def _raise_first(outcomes: object) -> None:
    assert isinstance(outcomes, (list, tuple))
    if isinstance(outcomes[0], HubError):
        raise outcomes[0]
