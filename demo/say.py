"""What the demo prints: chapters with their times, facts, and the table at the end."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass
class Say:
    """Prints progress; keeps the checks so that the end can count them."""

    console: Console = field(
        default_factory=lambda: Console(highlight=False, soft_wrap=True, width=max(110, Console().width))
    )
    began: float = field(default_factory=time.monotonic)
    checks: list[tuple[str, bool, str]] = field(default_factory=list)

    @contextmanager
    def chapter(self, zh: str, en: str) -> Iterator[None]:
        self.console.print(f"\n[bold]▶ {zh}[/bold]  [dim]{en}[/dim]")
        started = time.monotonic()
        yield
        self.console.print(f"  [dim]{time.monotonic() - started:.1f} s[/dim]")

    def fact(self, text: str) -> None:
        self.console.print(f"  {text}")

    def counts(self, title: str, counts: Mapping[str, int]) -> None:
        self.fact(f"{title}：" + "，".join(f"{name} {number}" for name, number in counts.items() if number))

    def check(self, what: str, good: bool, detail: str = "") -> None:
        """One thing that must hold; what does not is printed at once and makes the demo fail."""
        self.checks.append((what, good, detail))
        mark = "[green]✓[/green]" if good else "[bold red]✗[/bold red]"
        self.console.print(f"  {mark} {what}" + (f"  [dim]{detail}[/dim]" if detail else ""))

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        table = Table(title=title, title_justify="left", header_style="bold")
        for number, name in enumerate(columns):
            table.add_column(name, justify="left" if number == 0 else "right", no_wrap=True)
        for row in rows:
            table.add_row(*(str(cell) for cell in row))
        self.console.print(table)

    @property
    def failed(self) -> list[str]:
        return [what for what, good, _detail in self.checks if not good]
