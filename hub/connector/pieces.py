"""Long texts cut to a vendor's limit in bytes: at line ends where possible, never inside a character. Pure."""

from collections.abc import Iterator


def split(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` UTF-8 bytes; joined they are the text. Lines stay whole when they fit."""
    pieces: list[str] = []
    current = ""
    for line in text.splitlines(keepends=True):
        for part in _parts(line, limit):
            if len((current + part).encode()) > limit:
                pieces.append(current)
                current = ""
            current += part
    return [*pieces, current] if current or not pieces else pieces


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; a cut one ends in an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _parts(line: str, limit: int) -> Iterator[str]:
    while len(line.encode()) > limit:
        part = line.encode()[:limit].decode("utf-8", "ignore")
        yield part
        line = line[len(part) :]
    yield line
