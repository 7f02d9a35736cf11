"""Which {names} may stand where in a manifest, and what else must fit together."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel

from connectors.rest.names import names_in
from connectors.rest.spec.auth import BasicAuth, BearerAuth, KeyAuth, LoginAuth, OAuth2Auth, SignedAuth
from connectors.rest.spec.paging import Cursor, KeySet, Numbered
from connectors.rest.spec.system import DeletedCall, Entity, ListCall, System, WriteCall
from connectors.rest.spec.webhook import SignatureProof
from hub.errors import Text

Place = tuple[str | int, ...]
Wrong = tuple[Place, Text, str]

READ = frozenset({"limit"})
WRITE = frozenset({"data", "rows", "id", "key", "number", "version", "transaction"})
SIGNED = frozenset({"timestamp", "nonce", "method", "path", "query", "body", "body_sha256", "signature"})
_PAGING = {"page": {"page", "offset"}, "offset": {"page", "offset"}, "cursor": {"cursor"}}


def wrong_names(system: System) -> Iterator[Wrong]:
    """Names that nobody gives a value, and parts that name each other wrongly: (place, what is wrong, value)."""
    settings = frozenset(system.settings) | {"base_url"}
    yield from _auth(system, settings)
    yield from _unknown(("headers",), system.headers, settings)
    for name, entity in system.entities.items():
        yield from _entity(("entities", name), entity, settings | {"object"})
    if system.webhook is not None:
        yield from _webhook(system, settings)


def _auth(system: System, settings: frozenset[str]) -> Iterator[Wrong]:
    auth = system.auth
    fields = {
        KeyAuth: (("headers", "query"), frozenset()),
        BearerAuth: (("token",), frozenset()),
        BasicAuth: (("user", "password"), frozenset()),
        SignedAuth: (("parts", "secret", "headers", "query"), SIGNED),
        OAuth2Auth: (("client_id", "client_secret", "user", "password", "extra"), frozenset()),
        LoginAuth: (("request",), frozenset()),
    }
    names, extra = fields.get(type(auth), ((), frozenset()))
    yield from _parts(("auth",), auth, names, settings | extra)
    yield from _open_secrets(system)
    if isinstance(auth, (OAuth2Auth, LoginAuth)):
        yield from _parts(("auth",), auth, ("headers", "query"), settings | {"token"})
    if isinstance(auth, LoginAuth) and not (auth.token or auth.token_header or auth.token_cookie):
        yield (
            ("auth",),
            Text("请给出 token、token_header 或 token_cookie", "give token, token_header or token_cookie"),
            "",
        )


def _open_secrets(system: System) -> Iterator[Wrong]:
    """Secrets that would be shown and kept in plain text: written into the file, or typed into a setting that is no secret."""
    kept = {name for name, setting in system.settings.items() if setting.type == "secret"}
    for place, part in _secret_parts(system):
        names = set(_names(part))
        if not names & kept and part:
            said = Text(
                "密钥请用 type: secret 的设置，写成 {名称}；否则会明文保存和显示",
                "use a setting of type: secret, as {name}; it would be kept and shown in plain text",
            )
            yield place, said, ", ".join(sorted(names))


def _secret_parts(system: System) -> Iterator[tuple[Place, Any]]:
    auth = system.auth
    if isinstance(auth, KeyAuth):
        yield ("auth", "kind"), {**auth.headers, **auth.query}
    elif isinstance(auth, BearerAuth):
        yield ("auth", "token"), auth.token
    elif isinstance(auth, (BasicAuth, LoginAuth)):
        part: Any = auth.password if isinstance(auth, BasicAuth) else auth.request
        yield ("auth", "password" if isinstance(auth, BasicAuth) else "request"), part
    elif isinstance(auth, SignedAuth):
        yield ("auth", "kind"), [auth.secret, *auth.parts]
    elif isinstance(auth, OAuth2Auth):
        yield ("auth", "client_secret"), [auth.client_secret, auth.password]
    if system.webhook is not None:
        yield ("webhook", "proof", "secret"), system.webhook.proof.secret


def _entity(place: Place, entity: Entity, known: frozenset[str]) -> Iterator[Wrong]:
    yield from _unknown((*place, "object"), entity.object, known - {"object"})
    yield from _list((*place, "list"), entity.list, known)
    if not isinstance(entity.read, str):
        yield from _unknown((*place, "read"), entity.read, known | READ | {"id", "ids", "id_list"})
    if entity.find is not None and not isinstance(entity.find, str):
        yield from _unknown((*place, "find"), entity.find, known | READ | {"key", "number"})
    for name in ("create", "update", "upsert"):
        yield from _unknown((*place, name), getattr(entity, name), known | WRITE)
    if entity.deleted is not None:
        yield from _list((*place, "deleted"), entity.deleted, known)
    for name, step in entity.steps.items():
        yield from _unknown((*place, "steps", name), step, known | WRITE)
    yield from _fits(place, entity)


def _fits(place: Place, entity: Entity) -> Iterator[Wrong]:
    """What must fit together within one entity."""
    for name in ("create", "upsert"):
        call: WriteCall | None = getattr(entity, name)
        if call is not None and call.each is not None and call.batch == 1:
            yield (*place, name, "each"), Text("只用于批量，请给出 batch", "is for batches: give batch"), ""
        elif call is not None and not (_names_each(call) if call.batch > 1 else call.id):
            need = "ids" if call.batch > 1 else "id"
            yield (
                (*place, name),
                Text(f"新建的回复里必须有记录号，请给出 {need}", f"a create must give the id: add {need}"),
                "",
            )
    if entity.list.changed and not entity.modified:
        said = Text(
            "请给出 modified（行里的修改时间）：断点按厂商的时间计算",
            "give modified: checkpoints are the vendor's time",
        )
        yield (*place, "list", "changed"), said, ""
    if entity.key and entity.find is None:
        yield place, Text("有 key 就要有 find（或 find: scan）", "a key needs find (or find: scan)"), entity.key
    if entity.list.order == "modified" and not (entity.modified and entity.list.changed):
        yield (*place, "list", "order"), Text("需要 modified 和 changed", "needs modified and changed"), "modified"


def _names_each(call: WriteCall) -> bool:
    """Whether the reply to a batch gives the id of every record."""
    return bool(call.ids) if call.each is None or call.each.lists == "failed" else True


def _list(place: Place, call: ListCall | DeletedCall, known: frozenset[str]) -> Iterator[Wrong]:
    given = known | READ | _PAGING.get(call.paging.kind, set())
    yield from _unknown((*place, "request"), call.request, given)
    yield from _unknown((*place, "changed"), call.changed, given | {"since", "until"})
    if isinstance(call.paging, KeySet):
        after = {f"after_{number + 1}" for number in range(len(call.paging.columns))}
        yield from _unknown((*place, "paging", "after"), call.paging.after, given | after)
    elif isinstance(call.paging, (Numbered, Cursor)) and not _PAGING[call.paging.kind] & set(_names(call.request)):
        said = " / ".join(sorted("{" + name + "}" for name in _PAGING[call.paging.kind]))
        yield (
            (*place, "request"),
            Text(f"没有用到 {said}，会一直读第一页", f"does not use {said}: it would read page one for ever"),
            "",
        )


def _webhook(system: System, settings: frozenset[str]) -> Iterator[Wrong]:
    assert system.webhook is not None
    proof = system.webhook.proof
    yield from _unknown(("webhook", "proof", "secret"), proof.secret, settings)
    if isinstance(proof, SignatureProof):
        plain = [name for name in names_in(proof.parts) if not name.startswith(("query.", "header."))]
        yield from _among(("webhook", "proof", "parts"), plain, settings | {"body"})
        if "body" not in plain:
            yield ("webhook", "proof", "parts"), Text("签名应覆盖 {body}", "the signature must cover {body}"), ""
    for value, entity in system.webhook.entities.items():
        yield from _among(("webhook", "entities", value), names_in(value), settings)
        if entity not in system.entities:
            yield ("webhook", "entities", value), Text("没有定义这个主数据", "is no entity of this manifest"), entity


def _parts(place: Place, part: BaseModel, names: Iterable[str], known: frozenset[str]) -> Iterator[Wrong]:
    for name in names:
        yield from _unknown((*place, name), getattr(part, name), known)


def _unknown(place: Place, part: Any, known: Iterable[str]) -> Iterator[Wrong]:
    if part is not None:
        yield from _among(place, _names(part), known)


def _names(part: Any) -> Iterator[str]:
    return names_in(part.model_dump() if isinstance(part, BaseModel) else part)


def _among(place: Place, used: Iterable[str], known: Iterable[str]) -> Iterator[Wrong]:
    allowed = sorted(known)
    for name in used:
        if name in ("{", "}"):
            yield place, Text("括号请写成 {{ 和 }}", "write braces as {{ and }}"), name
        elif name not in allowed:
            close = difflib.get_close_matches(name, allowed, n=1)
            hint = Text(f"，是否想写 {{{close[0]}}}", f"; did you mean {{{close[0]}}}?") if close else Text("", "")
            names = ", ".join(allowed)
            yield (
                place,
                Text(f"没有这个名称{hint.zh}（可用：{names}）", f"no such name{hint.en} (known: {names})"),
                f"{{{name}}}",
            )
