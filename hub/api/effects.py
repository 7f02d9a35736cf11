"""The shape of a counted preview: what a change of a mapping or of authority does."""

from typing import Any

from pydantic import Field

from hub.api.shapes import Shape, example


class Activation(Shape):
    """Counts are bindings by connection; `fields` counts the records that differ, by connection and field."""

    model_config = example(
        mode="push",
        lines={"fresh": [], "remapped": ["name"], "row_fresh": [], "row_remapped": [], "authority": []},
        counts={"erp": {"linked": 2000, "reread": 0, "due": 12, "changed": 0}},
        fields={"erp": {"name": 12}},
        samples=[
            {"connection": "erp", "record": 5, "title": "甲公司", "field": "name", "before": "甲", "after": "甲公司"}
        ],
    )

    mode: str = Field(title="方式 / Mode")
    lines: dict[str, Any] = Field(title="改动的行 / Lines that changed")
    counts: dict[str, dict[str, int]] = Field(title="各连接的条数 / Counts by connection")
    fields: dict[str, dict[str, int]] = Field(title="各字段不同的记录数 / Records that differ, by field")
    samples: list[dict[str, Any]] = Field(title="例子 / Some of them")
