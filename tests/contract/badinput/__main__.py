"""`python -m tests.contract.badinput --into docs/refusals.md [--only kingdee]`: plays the cases and writes the page."""

import argparse
import tempfile
from pathlib import Path

from tests.contract.badinput.frame import NotThere, Suite
from tests.contract.badinput.page import Told, page
from tests.contract.badinput.runner import play
from tests.contract.badinput.scene import open_scene
from tests.contract.badinput.suites import suites


def shown_by(suite: Suite) -> Told:
    """Every case of one suite, on one server."""
    server = suite.start()
    try:
        told = {}
        for case in suite.cases:
            if not isinstance(case, NotThere):
                with tempfile.TemporaryDirectory() as folder, open_scene(suite, case, server, Path(folder)) as scene:
                    told[case.key] = play(case, scene)
        return told
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, help="the page to write; without it the page is printed")
    parser.add_argument("--only", action="append", help="play this suite only; the others keep their sections")
    asked = parser.parse_args()
    chosen = [suite for key, suite in suites().items() if not asked.only or key in asked.only]
    told = {suite.key: shown_by(suite) for suite in chosen}
    before = asked.into.read_text("utf-8") if asked.into and asked.into.exists() else ""
    text = page(suites(), told, before)
    if asked.into:
        asked.into.write_text(text, "utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
