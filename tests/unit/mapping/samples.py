"""Short ways to make mappings and references in the tests of this folder."""

from collections.abc import Mapping
from typing import Any

from hub.mapping.compile import Compiled, compile_mapping
from hub.mapping.plan import LinePlan, plan_line
from hub.mapping.schema import LineSpec, MappingSpec
from hub.model.fields import FIELDS


def spec_of(*lines: Mapping[str, Any], entity: str = "customer", **more: Any) -> MappingSpec:
    return MappingSpec.model_validate({"system": "s", "entity": entity, "object": "O", "fields": list(lines), **more})


def compiled(*lines: Mapping[str, Any], entity: str = "customer", **more: Any) -> Compiled:
    return compile_mapping(spec_of(*lines, entity=entity, **more))


def line(entity: str = "customer", **written: Any) -> LinePlan:
    return plan_line(LineSpec.model_validate(written), FIELDS[entity])


class Targets:
    """References by (entity, record id) -> (external id, number)."""

    def __init__(self, known: Mapping[tuple[str, int], tuple[str, str]] | None = None) -> None:
        self.known = dict(known or {})

    def target(self, entity: str, record_id: int) -> tuple[str, str] | None:
        return self.known.get((entity, record_id))


NOWHERE = Targets()
