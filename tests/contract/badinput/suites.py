"""Every connector's cases, by name: a module in `systems` with `SUITES` is found by itself."""

import importlib
import pkgutil
from functools import cache

import tests.contract.badinput.systems as systems
from tests.contract.badinput.frame import REQUIRED, Suite


@cache
def suites() -> dict[str, Suite]:
    """Suite name -> suite, in the order of the page."""
    names = sorted(module.name for module in pkgutil.iter_modules(systems.__path__))
    found = [importlib.import_module(f"{systems.__name__}.{name}").SUITES for name in names]
    return {suite.key: suite for group in found for suite in group}


def holes(suite: Suite) -> list[str]:
    """Required kinds that the suite says nothing about."""
    told = {case.kind for case in suite.cases}
    return [kind for kind in REQUIRED if kind not in told]
