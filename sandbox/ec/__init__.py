"""EC CRM, open platform v2: a server that behaves like open.workec.com for one account."""

from collections.abc import Mapping

from sandbox.core import Sandbox
from sandbox.ec.account import fresh_account
from sandbox.ec.contacts import move_customer
from sandbox.ec.kinds import define_kinds
from sandbox.ec.push import Pusher, send_push
from sandbox.ec.routes import classify, routes
from sandbox.ec.settings import EcSettings
from sandbox.ec.state import Ec

__all__ = ["make_sandbox"]


def make_sandbox(settings: Mapping[str, object] | None = None) -> Sandbox:
    """An EC account with its employees, departments and fields, and no customers yet.

    `settings` are the switches of EcSettings; ValueError names one that does not exist.
    """
    chosen = EcSettings.of(settings)
    clock, store, journal, faults = Sandbox.parts()
    ec = Ec(chosen, clock, store, journal, faults)
    define_kinds(ec)
    fresh_account(ec)
    store.hooks.append(lambda change: move_customer(ec, change))
    Pusher(ec)
    return Sandbox(
        name="ec",
        clock=clock,
        store=store,
        journal=journal,
        faults=faults,
        routes=routes(ec),
        credentials=lambda base_url: _credentials(chosen, base_url),
        push=lambda event: send_push(ec, event),
        settings=chosen,
        classify=classify,
        resets=[lambda: fresh_account(ec)],
    )


def _credentials(settings: EcSettings, base_url: str) -> dict[str, str]:
    return {
        "base_url": base_url,
        "corp_id": settings.corp_id,
        "app_id": settings.app_id,
        "app_secret": settings.app_secret,
        "opt_user_id": settings.opt_user_id,
        "webhook_token": settings.webhook_token,
    }
