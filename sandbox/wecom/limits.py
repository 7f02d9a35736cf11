"""Frequency windows of the core under their old name: sliding ones for members and robots, fixed ones for calls."""

from sandbox.core.windows import FixedWindows, SlidingWindows

__all__ = ["FixedWindows", "SlidingWindows"]
