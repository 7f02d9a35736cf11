"""Phone numbers: canonical text "+8613800000000", with an extension "+8657188888888;ext=12"."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber

_MOBILE = re.compile(r"1[3-9][0-9]{9}\Z")
_CANONICAL_MOBILE = re.compile(r"\+861[3-9][0-9]{9}\Z")
_LONGEST = 40
_SIGNS = re.compile(r"[0-9+()\-./ ]+\Z")
_EXTENSION = re.compile(r"(?:转|分机|分機|ext\.?|EXT\.?|x|#)[:：]?\s*(\d{1,6})\Z")
# A dash before the last 1-6 digits is an extension only after a complete number of at least seven digits.
_DASHED_EXTENSION = re.compile(r"((?:\D*\d){9,}\D*?)-(\d{1,6})\Z")


def canonical_phone(text: str, region: str = "CN") -> str | None:
    """The canonical text, or None when `text` is no possible phone number of `region` (or of the country it names)."""
    if _MOBILE.match(text) and region == "CN":
        return "+86" + text
    if _CANONICAL_MOBILE.match(text):
        return text
    return _parsed(text, region) if len(text) <= _LONGEST else None


def national(canonical: str, region: str = "CN") -> str:
    """How people at home write it: 13800000000, 0571-88888888-12, 4008001234; abroad numbers keep their +code."""
    if _CANONICAL_MOBILE.match(canonical) and region == "CN":
        return canonical[3:]
    return _national(canonical, region)


def is_canonical(text: str) -> bool:
    """Whether canonical_phone would give back `text` itself."""
    return text.startswith("+") and canonical_phone(text) == text


def is_mobile(canonical: str) -> bool:
    """A Chinese mobile in canonical form."""
    return _CANONICAL_MOBILE.match(canonical) is not None


@lru_cache(maxsize=20_000)
def _parsed(text: str, region: str) -> str | None:
    plain, extension = _split_extension(unicodedata.normalize("NFKC", text).strip())
    number = _number(plain, region)
    if number is None:
        return None
    extension = number.extension or extension
    written = phonenumbers.format_number(PhoneNumber(number.country_code, number.national_number), _E164)
    return f"{written};ext={extension}" if extension else written


def _number(plain: str, region: str) -> PhoneNumber | None:
    """A valid number; text around it (a name, a remark) makes it none, because canonical text would lose it."""
    if not _SIGNS.match(plain):
        return None
    try:
        number = phonenumbers.parse(plain, region)
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _split_extension(text: str) -> tuple[str, str]:
    plain, _, extension = text.partition(";ext=")
    if extension.isdigit():
        return plain, extension
    found = _EXTENSION.search(text)
    if found:
        return text[: found.start()], found.group(1)
    dashed = _DASHED_EXTENSION.match(text)
    if dashed and _number(text, "CN") is None:
        return dashed.group(1), dashed.group(2)
    return text, ""


@lru_cache(maxsize=20_000)
def _national(canonical: str, region: str) -> str:
    plain, _, extension = canonical.partition(";ext=")
    number = _number(plain, region)
    if number is None or phonenumbers.region_code_for_number(number) != region:
        return canonical
    digits = phonenumbers.national_significant_number(number)
    area = phonenumbers.length_of_geographical_area_code(number)
    written = f"0{digits[:area]}-{digits[area:]}" if area else digits
    return f"{written}-{extension}" if extension else written


_E164 = phonenumbers.PhoneNumberFormat.E164
