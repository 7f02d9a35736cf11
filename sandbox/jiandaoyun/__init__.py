"""简道云 (Jiandaoyun), API v5: a server that behaves like api.jiandaoyun.com for one app with three forms."""

from collections.abc import Mapping

from sandbox.core import Sandbox
from sandbox.jiandaoyun.forms import App, define_forms
from sandbox.jiandaoyun.push import send_push
from sandbox.jiandaoyun.routes import classify, routes
from sandbox.jiandaoyun.settings import JdySettings

__all__ = ["make_sandbox"]


def make_sandbox(settings: Mapping[str, object] | None = None) -> Sandbox:
    """An app with a customer, a contact and an order form, all empty. `settings` are the switches of JdySettings."""
    chosen = JdySettings()
    chosen.lay_over(settings)
    clock, store, journal, faults = Sandbox.parts()
    app = App(chosen, clock, store, journal, faults)
    define_forms(app)
    return Sandbox(
        name="jiandaoyun",
        clock=clock,
        store=store,
        journal=journal,
        faults=faults,
        routes=routes(app),
        credentials=lambda base_url: _credentials(chosen, base_url),
        push=lambda event: send_push(app, event),
        settings=chosen,
        classify=lambda method, path, body: classify(app, method, path, body=body),
    )


def _credentials(settings: JdySettings, base_url: str) -> dict[str, str]:
    return {
        "base_url": f"{base_url}/api",
        "api_key": settings.api_key,
        "app_id": settings.app_id,
        "customer_form": settings.customer_form,
        "contact_form": settings.contact_form,
        "order_form": settings.order_form,
        "push_secret": settings.push_secret,
    }
