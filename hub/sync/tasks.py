"""What can be asked of the engine, as values small enough for a queue message."""

from dataclasses import dataclass, field
from typing import Literal

TaskKind = Literal["pull", "push", "reread", "settle", "rolling", "sweep"]
LANE_PERSON, LANE_ALERT, LANE_INCREMENTAL, LANE_BACKFILL = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work on one flow. Ids only: whoever runs it reads the rest from the database."""

    kind: TaskKind
    flow_id: int
    full: bool = False
    trigger: str = "schedule"

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.flow_id}"


@dataclass
class RunReport:
    """How one run went. counts: outcome -> rows; state: ok | failed | unbalanced | busy (somebody else holds the flow) | idle."""

    run_id: int | None
    state: str
    counts: dict[str, int] = field(default_factory=dict)
    error: dict[str, object] | None = None
    more: bool = False
