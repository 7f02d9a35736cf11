"""pytest plugin of new connectors (`-p hub.connector.testing.todo`): what is not written yet, with the checks that wait for it."""

import pytest

_MARK = "to do: "


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Ends the run with the failures that say "to do: …", grouped by what they wait for, and then all others."""
    waiting: dict[str, list[str]] = {}
    others: list[str] = []
    for report in [*terminalreporter.stats.get("failed", []), *terminalreporter.stats.get("error", [])]:
        text = str(getattr(getattr(report.longrepr, "reprcrash", None), "message", ""))
        _before, mark, what = text.partition(_MARK)
        check = report.nodeid.rpartition("::")[2]
        (waiting.setdefault(what.splitlines()[0], []) if mark else others).append(check)
    if waiting:
        terminalreporter.section("待办 / to do")
    for what, checks in waiting.items():
        terminalreporter.write_line(f"[ ] {what}")
        for check in checks:
            terminalreporter.write_line(f"      {check}")
    for check in others:
        terminalreporter.write_line(f"FAILED {check}")
