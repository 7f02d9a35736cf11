"""Names in several languages: three spellings come in, each list answers the one that it has."""

from typing import Any

SPELLINGS = {
    "simplifiedName": "simplifiedName",
    "zh_CN": "simplifiedName",
    "englishName": "englishName",
    "en_US": "englishName",
    "traditionalName": "traditionalName",
    "zh_TW": "traditionalName",
}
LOCALES = {"simplifiedName": "zh_CN", "englishName": "en_US", "traditionalName": "zh_TW"}


def languages(value: Any) -> dict[str, str]:
    """{"simplifiedName": …} out of any spelling; blanks left out."""
    if not isinstance(value, dict):
        return {"simplifiedName": str(value)} if value not in (None, "") else {}
    return {SPELLINGS[key]: str(text) for key, text in value.items() if key in SPELLINGS and text not in (None, "")}


def chinese(value: Any) -> str:
    """The simplified Chinese text; "" when there is none."""
    return languages(value).get("simplifiedName", "")


def locales(value: Any) -> dict[str, str]:
    """{"zh_CN": …} of a stored name."""
    return {LOCALES[key]: text for key, text in languages(value).items()}
