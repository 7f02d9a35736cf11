"""What a contract test holds in its hands: the connector, its sandbox, and everything that was said on the way."""

import itertools
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from hub.connector.contract import Client, Connector, Native, Page, Remote, Write, WriteOutcome
from hub.connector.link import Call, Link, MemoryTokens
from hub.connector.manifest import EntityManifest
from hub.connector.redact import secrets_of
from hub.connector.testing.control import SandboxControl
from hub.errors import HubError

AWKWARD = "华星贸易（深圳）有限公司 😀 ＡＢＣ \"x\" 'y' <b>&amp; \\ é"
"""Text that naive signing, templating and encoding break: Chinese, emoji, full-width, quotes, markup, a backslash."""

NUMBER = "0012345678901234567890"
"""A number that is text: as an integer it loses its zeros, as a float its end."""


@dataclass(frozen=True)
class Sample:
    """How one entity is made. Functions take a number, so that many different records can be made.

    `object` is the sandbox's name of the entity. `seed` and `edit` are what a user of that system types (control
    interface shape); `write` and `change` are what the hub sends through the connector (native write shape); `bad`
    is a native write that the vendor refuses. `seed_text`/`write_text` put a text where `text_of` finds it again in
    Remote.data; `seed_money` puts an amount where `money_of` finds it; `seed_number` makes a
    record with that number, which Remote.number must show. `has` tells whether Remote.data shows edit
    n. Leave out what does not apply: the tests that need it are not collected. `id_of` turns the sandbox's record
    id into the connector's; `number` is the hub's number of write n where the connector's key is the number.
    """

    object: str
    seed: Callable[[int], Mapping[str, Any]] | None = None
    edit: Callable[[int], Mapping[str, Any]] | None = None
    has: Callable[[Native, int], bool] | None = None
    write: Callable[[int], Native] | None = None
    change: Callable[[int], Native] | None = None
    changed: Callable[[Native, int], bool] | None = None
    bad: Callable[[int], Native] | None = None
    seed_text: Callable[[str], Mapping[str, Any]] | None = None
    write_text: Callable[[str], Native] | None = None
    text_of: Callable[[Native], Any] | None = None
    seed_money: Callable[[Decimal], Mapping[str, Any]] | None = None
    money_of: Callable[[Native], Any] | None = None
    seed_number: Callable[[str], Mapping[str, Any]] | None = None
    number: Callable[[int], str] = lambda _n: ""
    id_of: Callable[[str], str] = lambda given: given
    locks: bool | None = True
    """None where the vendor never says that this entity is in use."""
    siblings: bool = False
    """True where one edit brings the whole family again (rows that the vendor only lists by parent)."""
    pages: float = 2.1
    """How many pages to seed where paging is tested."""


class KeptTokens(MemoryTokens):
    """Tokens that remember every value, so that a test can look for it in what was said."""

    def __init__(self, now: Callable[[], Any]) -> None:
        super().__init__(now)
        self.seen: list[str] = []

    def put(self, name: str, value: str, life_s: float) -> None:
        if len(value) >= 24:  # shorter values are counters and marks, not credentials
            self.seen.append(value)
        super().put(name, value, life_s)


@dataclass
class Kit:
    connector: Connector
    control: SandboxControl
    samples: Mapping[str, Sample]
    settings: Mapping[str, Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    errors: list[HubError] = field(default_factory=list)
    _natives: dict[tuple[str, str], str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.tokens = KeptTokens(self.control.now)
        self._clients: list[Client] = []

    def config(self, **changes: Any) -> BaseModel:
        return self.connector.config.model_validate({**self.control.credentials(), **self.settings, **changes})

    def client(self, config: BaseModel | None = None, *, timeout_s: float = 20.0) -> Client:
        """A client on the sandbox (or on `config`), closed when the test ends."""
        link = Link(tokens=self.tokens, now=self.control.now, on_call=self.calls.append, timeout_s=timeout_s)
        client: Client = self.connector.open(config or self.config(), link)
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.control.close()

    def entity(self, entity: str) -> EntityManifest:
        return self.connector.manifest.entities[entity]

    def seed(self, entity: str, count: int) -> list[str]:
        """Make `count` records as users; the ids that the connector should give them."""
        sample = self.samples[entity]
        assert sample.seed is not None
        return self.seed_rows(entity, [sample.seed(next(self._numbers)) for _ in range(count)])

    def seed_rows(self, entity: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        sample = self.samples[entity]
        natives = self.control.seed(sample.object, rows)
        self._natives |= {(entity, sample.id_of(native)): native for native in natives}
        return [sample.id_of(native) for native in natives]

    def edit(self, entity: str, record_id: str, number: int) -> None:
        sample = self.samples[entity]
        assert sample.edit is not None
        self.control.edit(sample.object, self._natives.get((entity, record_id), record_id), sample.edit(number))

    def delete(self, entity: str, record_id: str) -> None:
        self.control.delete(self.samples[entity].object, self._natives.get((entity, record_id), record_id))

    def many(self, entity: str) -> int:
        """Enough records for more than two pages (a handful where the vendor has no pages)."""
        return max(5, int(min(self.entity(entity).page_size, 500) * self.samples[entity].pages))

    def write(self, entity: str, data: Native | None = None) -> Write:
        """A fresh valid create."""
        sample, number = self.samples[entity], next(self._numbers)
        assert sample.write is not None
        key = f"HUB-{number:06d}"
        return Write(key, data if data is not None else sample.write(number), number=sample.number(number))

    def created(self, entity: str) -> int:
        """How many creates the sandbox accepted."""
        return len(self.control.journal(kind="create", object=self.samples[entity].object))

    @contextmanager
    def failing(self, *kinds: type[HubError]) -> Iterator[list[HubError]]:
        """The block must raise one of `kinds`; the error is kept for the redaction checks."""
        caught: list[HubError] = []
        try:
            yield caught
        except kinds as error:
            caught.append(error)
            self.errors.append(error)
        assert caught, f"expected one of {[kind.__name__ for kind in kinds]}, but nothing was raised"

    def said(self) -> str:
        """All that errors and calls show, for the search for secrets."""
        shown = [repr(call) for call in self.calls]
        for error in self.errors:
            shown += [str(error), repr(error), str(error.as_json()), *traceback.format_exception(error)]
        return "\n".join(shown)

    def secrets(self) -> list[str]:
        return [*secrets_of(self.config()), *self.tokens.seen]


def rows_of(pages: Iterator[Page]) -> list[Remote]:
    return [row for page in pages for row in page.rows]


def last_checkpoint(pages: Sequence[Page]) -> Mapping[str, Any]:
    """The newest safe point of a whole pull."""
    points = [page.checkpoint for page in pages if page.checkpoint is not None]
    assert points, "a finished pull must give a checkpoint"
    return points[-1]


def counted(rows: Sequence[Remote]) -> Counter[str]:
    return Counter(row.id for row in rows)


def floats_in(value: object) -> list[float]:
    if isinstance(value, float):
        return [value]
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else []
    return [found for item in items for found in floats_in(item)]


def written(outcome: WriteOutcome) -> str:
    """The id of a confirmed write; fails with the vendor's words otherwise."""
    assert not isinstance(outcome, HubError), f"the write was refused: {outcome}"
    assert outcome.id, "a confirmed write must give its id"
    return outcome.id
