"""Writes a new connector from the template: a package that passes lint and types, and whose contract test says what is to do."""

import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from hub.errors import BadInput

_SUFFIX = ".tmpl"
_NAME = re.compile(r"[a-z][a-z0-9]{1,19}")


def write_connector(name: str, folder: Path) -> list[Path]:
    """Make `folder`/`name` with everything a connector has; the files written. Raises BadInput for a name that cannot be a Python
    module, and for a place that is taken."""
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"连接器名 {name!r} 只能用小写字母和数字，字母开头，2 到 20 个字符",
            f"the name {name!r} must be 2 to 20 small letters and digits, a letter first",
            field="NAME",
            value=name,
        )
    target = folder / name
    if target.exists():
        raise BadInput(
            f"{target} 已存在，请换个名字或用 --dir 换个位置",
            f"{target} exists already; take another name, or another place with --dir",
            field="--dir",
            value=str(target),
        )
    words = {"system": name, "title": name.capitalize()}
    return [_write(target, path, file, words) for path, file in _files(resources.files(__package__) / "template")]


def _files(folder: Traversable, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _files(entry, (*above, entry.name))
        elif entry.name.endswith(_SUFFIX):
            yield (*above, entry.name.removesuffix(_SUFFIX)), entry


def _write(target: Path, path: tuple[str, ...], file: Traversable, words: dict[str, str]) -> Path:
    parts = [f"hub_{words['system']}" if part == "package" else part for part in path]
    made = target.joinpath(*parts)
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_text(Template(file.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
    return made
