"""What a Kingdee form is made of: fields, sub-heads, entries. Keys are looked up without regard to case."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

Kind = Literal["text", "local", "int", "amount", "price", "qty", "date", "time", "flag", "enum", "ref", "user"]

DECIMALS: dict[str, int] = {"amount": 2, "price": 6, "qty": 10}


@dataclass(frozen=True)
class Field:
    """One field. `target` is the form a ref points to; `computed` fields ignore what a client sends."""

    key: str
    kind: Kind
    label: str
    target: str = ""
    required: bool = False
    default: Any = None
    computed: bool = False
    after_audit: bool = False

    @cached_property
    def lower(self) -> str:
        """The storage name."""
        return self.key.lower()

    @property
    def prop(self) -> str:
        """The property name that View uses: the key without its F."""
        return self.key[1:] if self.key[:1] in {"F", "f"} else self.key


@dataclass(frozen=True)
class Group:
    """An entry (`single` False) or a sub-head (`single` True): key in Save, ORM name in View, own pk."""

    key: str
    label: str
    fields: tuple[Field, ...]
    name: str = ""
    pk: str = "FEntryID"
    single: bool = False

    @cached_property
    def lower(self) -> str:
        """The storage name."""
        return self.key.lower()

    @property
    def orm(self) -> str:
        """The entry name in View and QueryBusinessInfo."""
        return self.name or (self.key[1:] if self.key.startswith("F") else self.key)

    @cached_property
    def by_key(self) -> dict[str, Field]:
        """Fields by lower-case key."""
        return {item.lower: item for item in self.fields}


@dataclass(frozen=True)
class Form:
    """A business object. `org` names the field whose organization owns a record; "" means shared by all."""

    form_id: str
    label: str
    pk: str
    fields: tuple[Field, ...]
    groups: tuple[Group, ...] = ()
    number: str = "FBillNo"
    prefix: str = ""
    org: str = ""
    name: str = ""
    indexed: tuple[str, ...] = ()
    operations: tuple[tuple[str, str], ...] = field(default=())

    @cached_property
    def subheads(self) -> dict[str, Group]:
        """Sub-heads by lower-case key."""
        return {group.lower: group for group in self.groups if group.single}

    @cached_property
    def entries(self) -> dict[str, Group]:
        """Entries by lower-case key."""
        return {group.lower: group for group in self.groups if not group.single}

    @cached_property
    def head(self) -> dict[str, Field]:
        """Head fields, those of sub-heads included, by lower-case key."""
        found = {item.lower: item for item in self.fields}
        for group in self.subheads.values():
            found |= group.by_key
        return found

    @cached_property
    def plain_head(self) -> dict[str, Field]:
        """Head fields outside sub-heads, by lower-case key."""
        return {item.lower: item for item in self.fields}

    @cached_property
    def number_key(self) -> str:
        """Storage name of the number."""
        return self.number.lower()

    def required(self) -> Iterator[tuple[Group | None, Field]]:
        """Every field the ApiDoc calls required, with the entry it sits in (None: head)."""
        for item in self.head.values():
            if item.required:
                yield None, item
        for group in self.entries.values():
            for item in group.fields:
                if item.required:
                    yield group, item


def text(key: str, label: str, **more: Any) -> Field:
    """A plain text field."""
    return Field(key, "text", label, **more)


def local(key: str, label: str, **more: Any) -> Field:
    """A multi-language text field."""
    return Field(key, "local", label, **more)


def ref(key: str, label: str, target: str, **more: Any) -> Field:
    """A base-data field."""
    return Field(key, "ref", label, target, **more)


def enum(key: str, label: str, default: str = "", **more: Any) -> Field:
    """A list field; values are letters or short codes."""
    return Field(key, "enum", label, default=default, **more)


def amount(key: str, label: str, **more: Any) -> Field:
    """Money in the document's currency."""
    return Field(key, "amount", label, **more)


def price(key: str, label: str, **more: Any) -> Field:
    """A unit price or a rate, six decimals."""
    return Field(key, "price", label, **more)


def qty(key: str, label: str, **more: Any) -> Field:
    """A quantity, ten decimals."""
    return Field(key, "qty", label, **more)


def date(key: str, label: str, **more: Any) -> Field:
    """A business date."""
    return Field(key, "date", label, **more)


def time(key: str, label: str, **more: Any) -> Field:
    """A point in time, local to the server (UTC+8)."""
    return Field(key, "time", label, **more)


def flag(key: str, label: str, **more: Any) -> Field:
    """A checkbox."""
    return Field(key, "flag", label, **({"default": False} | more))


def integer(key: str, label: str, **more: Any) -> Field:
    """A whole number."""
    return Field(key, "int", label, **more)


def state_fields(*, loud: bool = False) -> tuple[Field, ...]:
    """Who and when, and the document status. `loud` spells them in capitals, as the receivables forms do."""
    pairs: tuple[tuple[str, str, Kind], ...] = (
        ("FDocumentStatus", "单据状态", "enum"),
        ("FCreatorId", "创建人", "user"),
        ("FCreateDate", "创建日期", "time"),
        ("FModifierId", "最后修改人", "user"),
        ("FModifyDate", "最后修改日期", "time"),
        ("FApproverId", "审核人", "user"),
        ("FApproveDate", "审核日期", "time"),
    )
    return tuple(
        Field(key.upper() if loud else key, kind, label, "SEC_User" if kind == "user" else "", computed=True)
        for key, label, kind in pairs
    )


BASE_OPERATIONS = (("Forbid", "禁用"), ("Enable", "反禁用"))
BILL_OPERATIONS = (("Cancel", "作废"), ("UnCancel", "反作废"))


def base_data(
    form_id: str, label: str, pk: str, fields: tuple[Field, ...], groups: tuple[Group, ...] = (), **more: Any
) -> Form:
    """A base-data form: FNumber, FName, description, state and forbid status around its own fields."""
    own = {item.lower for item in fields}
    frame = (
        text("FNumber", "编码"),
        local("FName", "名称", required=True, after_audit=True),
        local("FDescription", "描述", after_audit=True),
        enum("FForbidStatus", "禁用状态", "A", computed=True),
        *state_fields(),
    )
    kept = tuple(item for item in frame if item.lower not in own)
    options = {"number": "FNumber", "name": "FName", "operations": BASE_OPERATIONS} | more
    return Form(form_id, label, pk, kept + fields, groups, **options)
