"""统一社会信用代码 and the organisation code inside it, with their check characters (GB 32100, GB 11714)."""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_code(body: str) -> str:
    """Eight characters and their check character (X for 10)."""
    total = sum(w * ORGANISATION_ALPHABET.index(c) for w, c in zip(ORGANISATION_WEIGHTS, body, strict=True))
    return body + "0123456789X"[(11 - total % 11) % 11]


def credit_code(region: str, body: str) -> str:
    """The 18 characters of a company (91) registered in a six-digit region; body is eight of ALPHABET."""
    first = f"91{region}{organisation_code(body)}"
    total = sum(w * ALPHABET.index(c) for w, c in zip(WEIGHTS, first, strict=True))
    return first + ALPHABET[(31 - total % 31) % 31]
