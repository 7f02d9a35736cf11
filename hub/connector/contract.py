"""The contract between the hub and a connector: plain values in, plain values out, errors from hub.errors."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pydantic import BaseModel

from hub.errors import HubError

if TYPE_CHECKING:
    from hub.connector.link import Link
    from hub.connector.manifest import Manifest

Native = dict[str, Any]
"""A vendor-shaped record: JSON values, with Decimal (never float) for numbers that have a fraction."""


@dataclass(frozen=True, slots=True)
class Remote:
    """One record as the vendor holds it now.

    `id` is the vendor's primary key as text, `number` its human number or code ("" where there is none), `version`
    whatever conditional writes need ("" where the vendor has none), `stage` one of the manifest's stage names (""
    for master data), `modified` the vendor's modified time as text (only compared for equality), `key` the hub's
    key where the manifest keeps it in a searchable field (with `key: number` the number itself is it). `deleted`
    marks a row of a delete feed; `merged_into` names the surviving id where the vendor says that the record was
    merged.
    """

    id: str
    data: Native
    number: str = ""
    version: str = ""
    stage: str = ""
    modified: str = ""
    key: str = ""
    deleted: bool = False
    merged_into: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a pull. `checkpoint` (JSON) may be stored once these rows have landed: a later pull that starts
    from it misses nothing that changed since. None = the page gives no new safe point. `more` is False on the last
    page."""

    rows: Sequence[Remote]
    checkpoint: Mapping[str, Any] | None = None
    more: bool = True


@dataclass(frozen=True, slots=True)
class Write:
    """One record to write. `key` belongs to the binding, is the same on every try, and is what `find` looks for (<=
    24 characters A-Z 0-9 -). `id` is "" for a create. `data` is everything for a create, and for an update only the
    changed fields (lines: see the manifest's `lines`). `version` is the version the change was decided on."""

    key: str
    data: Native
    id: str = ""
    number: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A write that the vendor confirmed. `remote` is what it really stored, when the reply says so; else the hub
    reads it."""

    id: str
    number: str = ""
    stage: str = ""
    version: str = ""
    remote: Remote | None = None


WriteOutcome = Written | HubError
"""Per record, in the order of the writes: confirmed, or the error that this record met."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message to people at a chat system. `to` holds external ids of members; for `channel` "robot" it names who
    is mentioned. `kind` is text, markdown, card (title, body, url) or confirm: a card with a button by which the reader
    says that it was seen (see Answer); channels that the manifest does not name in `confirms` send a card instead.
    `key` is of letters, digits and -, at most 64, and no other message of the connection has it."""

    to: tuple[str, ...]
    body: str
    kind: str = "text"
    title: str = ""
    url: str = ""
    channel: str = "app"
    key: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the chat system said: its message id, who was refused and why (external id -> vendor's word).
    `uncertain` lists members for whom the vendor may drop silently (over a per-member limit)."""

    id: str
    refused: Mapping[str, str] = field(default_factory=dict)
    uncertain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A request as it came in, before anything in it is believed. Header names are lower case."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Hint:
    """Something may have changed: re-read `id` (or, when "", pull the entity). `key` tells one delivery from the
    next (I6)."""

    entity: str
    id: str = ""
    event: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A member pressed a button on a message of ours: `message` is the key it was sent with, `member` who pressed. `handle` is
    what the vendor needs to change the card once ("" = it cannot be changed); `key` tells one delivery from the next."""

    message: str
    member: str
    button: str = ""
    handle: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class WebhookReply:
    """What to answer, and the hints and answers found. Raised errors: BadInput for a request that is not verified."""

    hints: Sequence[Hint] = ()
    status: int = 200
    body: str = "success"
    content_type: str = "text/plain"
    answers: Sequence[Answer] = ()


class Client(Protocol):
    """One open connection. Methods that the manifest does not declare raise BadInput.

    All methods may raise SetupError, TryLater (the call had no effect) and, for writes, OutcomeUnknown. Token
    expiry, session loss and paging never leave the client.
    """

    def check(self) -> Mapping[str, str]:
        """Prove that the credentials work and that each declared entity can be read. Returns facts to show
        (account, zone…)."""
        ...

    def pull(self, entity: str, checkpoint: Mapping[str, Any] | None, *, full: bool = False) -> Iterator[Page]:
        """Records changed since `checkpoint` (None or full: all), each present record at least once, oldest change
        first."""
        ...

    def deleted(self, entity: str, checkpoint: Mapping[str, Any] | None) -> Iterator[Page]:
        """The delete feed (manifest `deletes: feed`): rows with `deleted` set, `merged_into` where known."""
        ...

    def read(self, entity: str, ids: Sequence[str]) -> Mapping[str, Remote]:
        """Records by id, batched; an id that is absent from the answer was not found (or is not visible)."""
        ...

    def find(self, entity: str, write: Write) -> Sequence[Remote]:
        """Records that carry `write.key` (or, where the vendor has only a unique number, that number). [] = none
        visible."""
        ...

    def create(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """Create, at most manifest.create_batch at a time; outcomes in order. Raises OutcomeUnknown when no reply
        came."""
        ...

    def update(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """Change only the given fields of existing records; outcomes in order."""
        ...

    def step(self, entity: str, step: str, ids: Sequence[str]) -> Sequence[WriteOutcome]:
        """Take documents through one step that the manifest names (submit, audit, disable …)."""
        ...

    def send(self, message: Message) -> Delivery:
        """Deliver a message. Raises RecordRejected when nobody could get it, RateLimited when to try later."""
        ...

    def lookup_member(self, kind: str, value: str) -> str:
        """External id of the member with that mobile or email (`kind`); "" when the vendor knows none."""
        ...

    def close(self) -> None:
        """Release sessions at the vendor."""
        ...


@runtime_checkable
class Confirming(Protocol):
    """A client whose manifest names a channel in `confirms`."""

    def confirmed(self, answer: Answer) -> None:
        """Show on the card of the member who answered that it was seen. Raises RecordGone when the card cannot be changed any
        more, TryLater when to try again. Doing it twice does no harm."""
        ...


@runtime_checkable
class Receipting(Protocol):
    """A client whose vendor tells later what became of a message that was `uncertain` when it was sent."""

    def receipt(self, message: Message, delivery: str) -> Delivery:
        """The delivery (its id) of that message, as far as it is known now: asks, and sends nothing. Raises TryLater, SetupError; who did
        not get it is in `refused`, also when that is everybody."""
        ...


@runtime_checkable
class Listening(Protocol):
    """A client whose manifest says `stream`: the vendor sends its events down a connection that the hub opens."""

    def listens(self) -> bool:
        """Whether the settings ask for it."""
        ...

    def listens_to(self) -> str:
        """Whose events they are: two connections with the same answer would get a part of them each. No secret."""
        ...

    def listen(self, keep: Callable[[Sequence[Hint]], None], stop: Event) -> None:
        """One connection: returns when `stop` is set or the vendor ended it in order (connect again at once). `keep` is called with no
        hints when the connection stands; with hints it returns once they are stored, and only then is an event acknowledged.
        Raises TryLater when the connection broke, SetupError when the vendor does not let us listen."""
        ...


CallbackParser = Callable[[BaseModel, WebhookRequest, datetime], WebhookReply]


@dataclass(frozen=True, slots=True)
class Connector:
    """What an entry point of group `hub.connectors` holds. `callback` verifies before it parses; None = the vendor
    does not push."""

    manifest: "Manifest"
    config: type[BaseModel]
    open: "Callable[[Any, Link], Client]"
    callback: CallbackParser | None = None
    mappings: Path | None = None
    """The folder of its mappings, for a connector that is made of files; others keep them in the folder `mappings` of their package."""

    @property
    def system(self) -> str:
        return self.manifest.system
