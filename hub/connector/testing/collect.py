"""Which tests of the kit apply to a connector: those whose needs its manifest and samples meet; the others do not
exist."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

import pytest

from hub.connector.contract import Connector
from hub.connector.testing.kit import Sample

Test = TypeVar("Test", bound=Callable[..., None])


def needs(*abilities: str, sample: str = "", faults: str = "", keys: str = "") -> Callable[[Test], Test]:
    """Mark a test. `abilities`: names of EntityManifest.can (then the test runs once per fitting entity), or
    callbacks, messages:app, messages:robot, repeats:app, confirms:app, lookup. `sample`: Sample attributes that must be given; `faults`:
    vendor-shaped fault kinds that the sandbox must know; `keys`: allowed values of EntityManifest.key. All but
    abilities are space separated."""

    def mark(test: Test) -> Test:
        test.needs = (abilities, sample.split(), faults.split(), keys.split())  # type: ignore[attr-defined]
        return test

    return mark


class Collected:
    """Base of the kit's classes: `connector`, `samples` and `faults` decide what is collected."""

    connector: ClassVar[Connector]
    samples: ClassVar[Mapping[str, Sample]]
    faults: ClassVar[frozenset[str]] = frozenset()
    """Vendor-shaped faults that the sandbox knows (token_expired, rate_limited, repeat_page, locked …)."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not hasattr(cls, "connector"):
            return
        for name in dir(cls):
            test = getattr(cls, name)
            if name.startswith("test_") and hasattr(test, "needs") and not cls._applies(test):
                setattr(cls, name, None)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "entity" in metafunc.fixturenames and hasattr(metafunc.function, "needs"):
            metafunc.parametrize("entity", self._entities(metafunc.function))

    @classmethod
    def _applies(cls, test: Any) -> bool:
        abilities, _sample, faults, _keys = test.needs
        if not set(faults) <= cls.faults:
            return False
        whole = [ability for ability in abilities if ability in cls._whole()]
        if len(whole) == len(abilities) and not _sample:
            return True
        return bool(cls._entities(test))

    @classmethod
    def _whole(cls) -> set[str]:
        """Abilities that belong to the system and not to one of its entities."""
        manifest = cls.connector.manifest
        return (
            {f"messages:{channel}" for channel in manifest.messages}
            | {f"confirms:{channel}" for channel in manifest.confirms}
            | {f"repeats:{channel}" for channel in (*manifest.messages_once_s, *manifest.messages_once_daily)}
            | ({"callbacks"} if manifest.callbacks else set())
            | ({"lookup"} if manifest.member_lookup else set())
        )

    @classmethod
    def _entities(cls, test: Any) -> list[str]:
        abilities, parts, _faults, keys = test.needs
        wanted = set(abilities) - cls._whole()
        return [
            entity
            for entity, sample in cls.samples.items()
            if wanted <= set(cls.connector.manifest.entities[entity].can)
            and all(getattr(sample, part) is not None for part in parts)
            and (not keys or cls.connector.manifest.entities[entity].key in keys)
        ]
