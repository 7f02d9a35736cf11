"""What a system holds, as Remote rows: pull, read by id, look-up by the hub's key."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connectors.rest import times
from connectors.rest.calls import Ask, Calls
from connectors.rest.errors import holds
from connectors.rest.names import text
from connectors.rest.paging import Listing, pages, rows_in, size_of
from connectors.rest.paths import MISSING, at, text_at
from connectors.rest.shapes import remote
from connectors.rest.spec.system import DeletedCall, Entity, FindCall, ReadCall
from hub.connector.contract import Native, Page, Remote, Write
from hub.connector.reply import Reply, untrusted
from hub.connector.watermark import AHEAD, Seen, noted, safe_since
from hub.errors import BadInput, RecordGone

Checkpoint = Mapping[str, Any] | None


class Reader:
    """Reads one account."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._zone = calls.system.zone

    def entity(self, name: str) -> Entity:
        """Raises BadInput for an entity that the manifest does not have."""
        for known, entity in self._calls.system.entities.items():
            if known == name:
                return entity
        system = self._calls.system.system
        raise BadInput(f"{system} 没有 {name}", f"{system} has no {name}", field="entity", value=name)

    def given(self, name: str) -> dict[str, Any]:
        """What {object} stands for."""
        return {"object": text(self.entity(name).object, self._calls.settings)}

    def pull(self, name: str, checkpoint: Checkpoint) -> Iterator[Page]:
        """Rows changed since the checkpoint {"since": time}, or all. It moves with the pages only where the vendor sorts by
        the modified time; else a pull that broke off begins again."""
        entity, begun, seen = self.entity(name), self._calls.link.now(), Seen.parse(checkpoint)
        since = _since(entity, checkpoint)
        for rows in pages(self._calls, self._listing(name, since, begun)):
            stamps = [self._changed(entity, row) for row in rows]
            seen = noted(seen, stamps, self._calls.link.now())
            landed = entity.list.order == "modified" and bool(stamps) and stamps[-1]
            yield Page([remote(entity, row) for row in rows], _point(min(landed, begun), seen) if landed else None)
        yield Page((), _point(safe_since(begun, seen, self._calls.link.lag), seen), more=False)

    def deleted(self, name: str, checkpoint: Checkpoint) -> Iterator[Page]:
        """Records deleted since the checkpoint. What the vendor lists every time is left out once it is older than that."""
        entity, begun, seen = self.entity(name), self._calls.link.now(), Seen.parse(checkpoint)
        call = entity.deleted
        if call is None:
            raise BadInput(
                f"{name} 没有配置 deleted", f"deleted is not configured for {name}", field="entity", value=name
            )
        since = _from(entity, checkpoint)
        for rows in pages(self._calls, self._stones(name, call, since, begun)):
            stones = [_stone(call, row) for row in rows if call.only is None or holds(call.only, row)]
            stamps = [self._moment(stone.modified) for stone in stones]
            seen = noted(seen, stamps, self._calls.link.now())
            fresh = [s for s, at in zip(stones, stamps, strict=True) if since is None or at is None or at >= since]
            yield Page(fresh)
        yield Page((), _point(safe_since(begun, seen, self._calls.link.lag), seen), more=False)

    def first(self, name: str) -> int:
        """One page, to see whether the entity can be read. Returns the number of rows on it."""
        listing = self._listing(name, None, self._calls.link.now())
        return len(next(pages(self._calls, listing), []))

    def read(self, name: str, ids: Sequence[str]) -> dict[str, Remote]:
        """Records by id; one that is not there is left out."""
        entity = self.entity(name)
        if not ids:
            return {}
        if isinstance(entity.read, str):
            return {row.id: row for row in self._all(name) if row.id in set(ids)}
        rows = self._read_many if entity.read.rows else self._read_each
        return {row.id: row for row in rows(name, entity, entity.read, ids)}

    def find(self, name: str, write: Write) -> list[Remote]:
        """Records that carry the key. A filter that the vendor ignores finds nothing wrong: the key is compared again."""
        entity = self.entity(name)
        if entity.find is None or not entity.key:
            raise BadInput(f"{name} 没有配置 find", f"find is not configured for {name}", field="entity", value=name)
        rows = self._all(name) if isinstance(entity.find, str) else self._found(name, entity.find, write)
        return list({row.id: row for row in rows if row.key == write.key}.values())

    def _found(self, name: str, call: FindCall, write: Write) -> Iterator[Remote]:
        given = {**self.given(name), "key": write.key, "number": write.number, "limit": 100}
        reply = self._calls.call(Ask(f"{name}.find", call.request, given))
        return (remote(self.entity(name), row) for row in rows_in(reply, call.rows))

    def _listing(self, name: str, since: datetime | None, begun: datetime) -> Listing:
        entity = self.entity(name)
        request = entity.list.request if since is None else entity.list.request.over(entity.list.changed)
        given = {**self.given(name), **self._window(since, begun)}
        key = partial(text_at, path=entity.id)
        return Listing(f"{name}.list", entity.list, request, given, key, certain=since is None)

    def _stones(self, name: str, call: DeletedCall, since: datetime | None, begun: datetime) -> Listing:
        request = call.request if since is None else call.request.over(call.changed)
        given = {**self.given(name), **self._window(since, begun)}
        return Listing(f"{name}.deleted", call, request, given, partial(text_at, path=call.id))

    def _window(self, since: datetime | None, begun: datetime) -> dict[str, Any]:
        """{since} and {until} in the system's form; neither for everything."""
        if since is None:
            return {"since": None, "until": None}
        form = self._calls.system.times.format
        return {
            "since": times.written(since, form, self._zone),
            "until": times.written(begun + AHEAD, form, self._zone),
        }

    def _moment(self, text: str) -> datetime | None:
        return times.parsed(text, self._calls.system.times.format, self._zone)

    def _changed(self, entity: Entity, row: Native) -> datetime | None:
        """The row's modified time; None where it has none that can be read."""
        return self._moment(remote(entity, row).modified)

    def _all(self, name: str) -> Iterator[Remote]:
        entity, begun = self.entity(name), self._calls.link.now()
        for rows in pages(self._calls, self._listing(name, None, begun)):
            yield from (remote(entity, row) for row in rows)

    def _read_each(self, name: str, entity: Entity, call: ReadCall, ids: Sequence[str]) -> Iterator[Remote]:
        for one in ids:
            try:
                reply = self._calls.call(Ask(f"{name}.read", call.request, {**self.given(name), **_named([one])}))
            except RecordGone:
                continue
            yield remote(entity, _record(reply, entity, call, one))

    def _read_many(self, name: str, entity: Entity, call: ReadCall, ids: Sequence[str]) -> Iterator[Remote]:
        for start in range(0, len(ids), call.batch):
            some = list(ids[start : start + call.batch])
            given = {**self.given(name), **_named(some)}
            reply = self._calls.call(Ask(f"{name}.read", call.request, given))
            rows = (remote(entity, row) for row in rows_in(reply, call.rows))
            yield from (row for row in rows if row.id in some)


def _named(ids: Sequence[str]) -> dict[str, Any]:
    """What {id}, {ids}, {id_list} and {limit} stand for."""
    return {"id": ids[0], "ids": list(ids), "id_list": ",".join(ids), "limit": len(ids)}


def _point(since: datetime, seen: Seen | None) -> dict[str, str]:
    return {"since": since.isoformat(), **(seen.as_json() if seen else {})}


def page_size(entity: Entity) -> int:
    return size_of(entity.list)


def _stone(call: DeletedCall, row: Native) -> Remote:
    return Remote(
        text_at(row, call.id),
        row,
        modified=text_at(row, call.modified),
        deleted=True,
        merged_into=text_at(row, call.merged_into),
    )


def _since(entity: Entity, checkpoint: Checkpoint) -> datetime | None:
    """From when on changes are asked for; None = everything, also where the vendor cannot tell what changed."""
    return _from(entity, checkpoint) if entity.list.changed else None


def _from(entity: Entity, checkpoint: Checkpoint) -> datetime | None:
    if checkpoint is None:
        return None
    return datetime.fromisoformat(checkpoint["since"]) - timedelta(seconds=entity.overlap_s)


def _record(reply: Reply, entity: Entity, call: ReadCall, wanted: str) -> Native:
    found = at(reply.data, call.record)
    if found is MISSING or not isinstance(found, dict) or text_at(found, entity.id) != wanted:
        raise untrusted(reply, f"回复里不是记录 {wanted}", f"the reply does not hold record {wanted}")
    return found
