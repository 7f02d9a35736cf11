"""U8 / U8+ OpenAPI as a sandbox."""

from collections.abc import Mapping

from sandbox.core import Sandbox


def make_u8(settings: Mapping[str, object] | None = None) -> Sandbox:
    raise NotImplementedError
