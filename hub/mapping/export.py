"""A mapping as YAML text: the shortest form, always in the same order, so that files compare line by line."""

from typing import Any

import yaml

from hub.mapping.schema import MappingSpec


def export(spec: MappingSpec) -> str:
    """YAML that parses to an equal spec. Comments of an imported file are not kept; notes are."""
    return yaml.dump(
        spec.model_dump(mode="json", exclude_defaults=True),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=False,
        width=120,
    )


class _Dumper(yaml.SafeDumper):
    """Indented lists, and quotes round every text that could be read as something else."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    plain = value and value[0].isalpha() and value not in ("true", "false", "null") and value.isprintable()
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


_Dumper.add_representer(str, _text)
