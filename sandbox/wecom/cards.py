"""Rules of template cards (wecom.md section 4.2): which parts each card needs and the code of each breach. Pure."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sandbox.wecom.errors import ApiError

CALLBACK_CARDS = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})
NOTICE_CARDS = frozenset({"text_notice", "news_notice"})
CARD_TYPES = CALLBACK_CARDS | NOTICE_CARDS
TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")
KEY_BYTES = 1024

Part = dict[str, object]


@dataclass(frozen=True)
class CardFacts:
    """What the sender needs to know of a valid card."""

    card_type: str
    task_id: str
    calls_back: bool


def check_card(card: object, *, robot: bool = False) -> CardFacts:
    """Validate a template_card object; ApiError 42014 to 42051 as the vendor numbers them.

    A group robot may send the two notice cards only, and they cannot call back there.
    """
    if not isinstance(card, dict) or not card:
        raise ApiError(42031, "missing template_card")
    card_type = card.get("card_type")
    if not isinstance(card_type, str) or card_type not in (NOTICE_CARDS if robot else CARD_TYPES):
        raise ApiError(42031, "invalid card_type")
    for rule in (_titles, _horizontal, _lists, *RULES[card_type]):
        rule(card)
    calls_back = card_type in CALLBACK_CARDS or bool(_part(card, "action_menu").get("action_list"))
    return CardFacts(card_type, _task_id(card, calls_back), calls_back and not robot)


def _part(card: Part, name: str) -> Part:
    value = card.get(name)
    return value if isinstance(value, dict) else {}


def _rows(part: Part, name: str) -> list[Part]:
    value = part.get(name)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _need(value: object, code: int, text: str) -> None:
    if value in (None, "", [], {}):
        raise ApiError(code, text)


def _length(rows: list[Part], low: int, high: int, fault: tuple[int, str]) -> None:
    if not low <= len(rows) <= high:
        raise ApiError(fault[0], f"{fault[1]} must have {low} to {high} entries")


def _titles(card: Part) -> None:
    title = _part(card, "main_title").get("title")
    if card["card_type"] == "text_notice":
        _need(title or card.get("sub_title_text"), 42033, "missing main_title.title or sub_title_text")
    else:
        _need(title, 42033, "missing main_title.title")


def _horizontal(card: Part) -> None:
    rows = _rows(card, "horizontal_content_list")
    _length(rows, 0, 6, (42035, "horizontal_content_list"))
    for row in rows:
        _need(row.get("keyname"), 42027, "missing horizontal_content_list.keyname")
        _linked(row, "horizontal_content_list")


def _linked(row: Part, name: str) -> None:
    needs = {1: ("url", 42028), 2: ("media_id", 42029), 3: ("userid", 42050)}
    if row.get("type") in needs:
        field, code = needs[int(str(row["type"]))]
        _need(row.get(field), code, f"missing {name}.{field}")


def _lists(card: Part) -> None:
    _length(_rows(card, "vertical_content_list"), 0, 4, (42036, "vertical_content_list"))
    _length(_rows(card, "jump_list"), 0, 3, (42042, "jump_list"))
    for row in _rows(card, "jump_list"):
        _need(row.get("title"), 42033, "missing jump_list.title")
        _target(row, "jump_list")


def _target(row: Part, name: str) -> None:
    if row.get("type") == 1:
        _need(row.get("url"), 42028, f"missing {name}.url")
    if row.get("type") == 2:
        _need(row.get("appid"), 42030, f"missing {name}.appid")


def _card_action(card: Part) -> None:
    action = _part(card, "card_action")
    if action.get("type") not in (1, 2):
        raise ApiError(42045, "missing or invalid card_action")
    _target(action, "card_action")


def _card_image(card: Part) -> None:
    if "card_image" in card:
        _need(_part(card, "card_image").get("url"), 42044, "missing card_image.url")


def _action_menu(card: Part) -> None:
    if "action_menu" not in card:
        return
    rows = _rows(_part(card, "action_menu"), "action_list")
    _length(rows, 1, 3, (42051, "action_menu.action_list"))
    for row in rows:
        _need(row.get("text"), 42051, "missing action_menu.action_list.text")
    _keys((row.get("key") for row in rows), 42051, "action_menu.action_list.key")


def _keys(keys: Iterable[object], code: int, name: str) -> None:
    seen: set[str] = set()
    for key in keys:
        if not isinstance(key, str) or not key or len(key.encode()) > KEY_BYTES or key in seen:
            raise ApiError(code, f"{name} missing, too long or repeated")
        seen.add(key)


def _options(part: Part, high: int, *, name: str) -> None:
    _need(part.get("question_key"), 42043, f"missing {name}.question_key")
    rows = _rows(part, "option_list")
    _length(rows, 1, high, (42037, f"{name}.option_list"))
    for row in rows:
        _need(row.get("id"), 42040, f"missing {name}.option_list.id")
        _need(row.get("text"), 42041, f"missing {name}.option_list.text")


def _button_selection(card: Part) -> None:
    if "button_selection" in card:
        _options(_part(card, "button_selection"), 10, name="button_selection")


def _buttons(card: Part) -> None:
    rows = _rows(card, "button_list")
    _need(rows, 42039, "missing button_list")
    if len(rows) > 6:
        raise ApiError(42039, "button_list must have 1 to 6 entries")
    for row in rows:
        _need(row.get("text"), 42038, "missing button_list.text")
        if row.get("type") == 1:
            _need(row.get("url"), 42028, "missing button_list.url")
    _keys((row.get("key") for row in rows if row.get("type", 0) != 1), 42039, "button_list.key")


def _checkbox(card: Part) -> None:
    _options(_part(card, "checkbox"), 20, name="checkbox")


def _selects(card: Part) -> None:
    rows = _rows(card, "select_list")
    _length(rows, 1, 3, (42047, "select_list"))
    for row in rows:
        _options(row, 10, name="select_list")


def _submit(card: Part) -> None:
    button = _part(card, "submit_button")
    _need(button.get("text"), 42049, "missing submit_button.text")
    _keys([button.get("key")], 42046, "submit_button.key")


def _task_id(card: Part, required: bool) -> str:
    task_id = card.get("task_id")
    if task_id in (None, "") and not required:
        return ""
    if not isinstance(task_id, str) or not TASK_ID.fullmatch(task_id):
        raise ApiError(42014)
    return task_id


RULES: dict[str, tuple[Callable[[Part], None], ...]] = {
    "text_notice": (_card_action, _action_menu),
    "news_notice": (_card_action, _action_menu, _card_image),
    "button_interaction": (_buttons, _button_selection, _action_menu),
    "vote_interaction": (_checkbox, _submit),
    "multiple_interaction": (_selects, _submit),
}
