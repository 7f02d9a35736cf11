"""The record store by itself: order of modified time, indexes, tombstones, hooks."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.core import Change, ControlError, ObjectKind, RecordStore, SandboxClock

KIND = ObjectKind(name="note", modified_field="edited", indexed=("tag",), new_id=lambda number: 1000 + number)
DAY = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store() -> RecordStore:
    made = RecordStore(SandboxClock())
    made.define(KIND)
    return made


def at(hours: int) -> str:
    return (DAY + timedelta(hours=hours)).isoformat()


def test_changed_gives_records_in_order_of_time_then_creation(store: RecordStore) -> None:
    for hours in (5, 1, 5, 3):
        store.create("note", {"edited": at(hours)})
    assert [row["id"] for row in store.changed("note")] == [1002, 1004, 1001, 1003]
    window = store.changed("note", since=DAY + timedelta(hours=3), until=DAY + timedelta(hours=5))
    assert [row["id"] for row in window] == [1004, 1001, 1003]
    assert [row["id"] for row in store.changed("note", newest_first=True)] == [1003, 1001, 1004, 1002]


def test_an_update_moves_a_record_to_the_end_and_a_silent_one_does_not(store: RecordStore) -> None:
    for hours in (1, 2, 3):
        store.create("note", {"edited": at(hours)})
    store.update("note", 1001, {"tag": "a"}, bump=False)
    assert [row["id"] for row in store.changed("note")] == [1001, 1002, 1003]
    store.update("note", "1001", {"tag": "b"})
    assert [row["id"] for row in store.changed("note")] == [1002, 1003, 1001]


def test_find_follows_edits_and_deletes(store: RecordStore) -> None:
    store.create("note", {"tag": 5})
    store.create("note", {"tag": "5"})
    assert [row["id"] for row in store.find("note", "tag", 5)] == [1001, 1002]
    store.update("note", 1001, {"tag": "6"})
    assert [row["id"] for row in store.find("note", "tag", "5")] == [1002]
    store.delete("note", 1002)
    assert store.find("note", "tag", "5") == []
    with pytest.raises(KeyError):
        store.find("note", "colour", "red")


def test_tombstones_are_numbered_and_hold_the_last_data(store: RecordStore) -> None:
    store.create("note", {"tag": "a"})
    store.create("note", {"tag": "b"})
    store.delete("note", 1002)
    store.delete("note", 1001)
    assert [(stone.number, stone.id, stone.data["tag"]) for stone in store.tombstones("note")] == [
        (1, "1002", "b"),
        (2, "1001", "a"),
    ]
    with pytest.raises(KeyError):
        store.delete("note", 1001)


def test_an_id_of_a_deleted_record_is_not_given_again(store: RecordStore) -> None:
    store.create("note", {})
    store.delete("note", 1001)
    assert store.create("note", {})["id"] == 1002


def test_an_own_id_does_not_collide_with_a_later_automatic_one(store: RecordStore) -> None:
    store.create("note", {"id": 1002})
    assert [store.create("note", {})["id"] for _ in range(2)] == [1003, 1004]


def test_hooks_see_before_and_after(store: RecordStore) -> None:
    seen: list[Change] = []
    store.hooks.append(seen.append)
    store.create("note", {"tag": "a"})
    store.update("note", 1001, {"tag": "b"})
    store.delete("note", 1001)
    assert [(change.kind, (change.before or {}).get("tag"), (change.after or {}).get("tag")) for change in seen] == [
        ("create", None, "a"),
        ("update", "a", "b"),
        ("delete", "b", None),
    ]


def test_a_stored_dict_is_never_changed_in_place(store: RecordStore) -> None:
    first = store.create("note", {"tag": "a"})
    store.update("note", 1001, {"tag": "b"})
    assert first["tag"] == "a"


def test_an_unknown_object_names_the_known_ones(store: RecordStore) -> None:
    with pytest.raises(ControlError, match="note"):
        store.get("ghost", 1)
