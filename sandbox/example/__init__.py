"""The example vendor of docs/write-a-connector.md: a small CRM with one list of firms. Nobody sells it; it has the habits of many."""

from collections.abc import Mapping

from sandbox.core import Sandbox
from sandbox.example.firms import App, define_firms
from sandbox.example.push import send_push
from sandbox.example.routes import classify, routes
from sandbox.example.settings import ExampleSettings

__all__ = ["make_sandbox"]


def make_sandbox(settings: Mapping[str, object] | None = None) -> Sandbox:
    """A CRM without firms. `settings` are the switches of ExampleSettings."""
    chosen = ExampleSettings()
    chosen.lay_over(settings)
    clock, store, journal, faults = Sandbox.parts()
    app = App(chosen, clock, store, journal, faults)
    define_firms(app)
    return Sandbox(
        name="example",
        clock=clock,
        store=store,
        journal=journal,
        faults=faults,
        routes=routes(app),
        credentials=lambda base_url: _credentials(chosen, base_url),
        push=lambda event: send_push(app, event),
        classify=classify,
        resets=[app.tokens.clear],
        settings=chosen,
    )


def _credentials(settings: ExampleSettings, base_url: str) -> dict[str, str]:
    return {
        "base_url": base_url,
        "app_key": settings.app_key,
        "app_secret": settings.app_secret,
        "push_secret": settings.push_secret,
    }
