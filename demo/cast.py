"""Who plays in a demo: which systems are linked, from the words that a user types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from demo.players.dingtalk import Dingtalk
from demo.players.ec import Ec
from demo.players.kingdee import Kingdee
from demo.players.wecom import Wecom
from demo.players.yonbip import Yonbip
from demo.roles import Chat, Crm, Erp, Player
from demo.stage import Stage

CRMS: Mapping[str, Callable[[Stage], Crm]] = {"ec": Ec}
ERPS: Mapping[str, Callable[[Stage], Erp]] = {"kingdee": Kingdee, "yonbip": Yonbip}
CHATS: Mapping[str, Callable[[Stage], Chat]] = {"wecom": Wecom, "dingtalk": Dingtalk}
SETTINGS: Mapping[str, Mapping[str, Any]] = {p.system: p.settings for p in (Ec, Kingdee, Yonbip, Wecom, Dingtalk)}
ALSO = {"yonyou": "yonbip"}
ALL = "all"


class UnknownSystem(Exception):  # noqa: N818 - it says what is wrong, as the hub's errors do
    """Somebody named a system that does not play; the text says which do."""


@dataclass(frozen=True)
class Cast:
    """Names of systems by role. The CRM comes first, the first ERP leads products and employees."""

    crm: str
    erps: tuple[str, ...]
    chats: tuple[str, ...]

    @property
    def systems(self) -> tuple[str, ...]:
        return (self.crm, *self.erps, *self.chats)

    @property
    def settings(self) -> dict[str, Mapping[str, Any]]:
        """Switches of the sandboxes: those whose quotas would only make a spectator wait."""
        return {system: SETTINGS[system] for system in self.systems if SETTINGS[system]}


@dataclass(frozen=True)
class Company:
    """A cast on its stage."""

    crm: Crm
    erps: tuple[Erp, ...]
    chats: tuple[Chat, ...]

    @property
    def players(self) -> tuple[Player, ...]:
        return (self.crm, *self.erps, *self.chats)


def cast_of(words: str) -> Cast:
    """ "" is EC, 金蝶 and 企业微信; "all" is everything; a comma list names systems, and a role nobody is named for keeps its default.

    Raises UnknownSystem.
    """
    named = [ALSO.get(word, word) for word in words.replace("，", ",").lower().replace(" ", "").split(",") if word]
    known = [*CRMS, *ERPS, *CHATS]
    for word in named:
        if word not in (*known, ALL):
            raise UnknownSystem(
                f"演示里没有系统 {word}，可用 / no system {word} in the demo; there are: {', '.join(known)}, all"
            )
    wanted = known if ALL in named else named
    return Cast("ec", _role(ERPS, wanted), _role(CHATS, wanted))


def _role(role: Mapping[str, Any], wanted: list[str]) -> tuple[str, ...]:
    return tuple(name for name in role if name in wanted) or (next(iter(role)),)


def company(cast: Cast, stage: Stage) -> Company:
    erps = tuple(ERPS[name](stage) for name in cast.erps)
    return Company(CRMS[cast.crm](stage), erps, tuple(CHATS[name](stage) for name in cast.chats))
