"""U8 / U8+ OpenAPI as a sandbox: one account set behind the cloud gateway."""

from collections.abc import Mapping
from functools import partial

from sandbox.core import Sandbox
from sandbox.yonyou.settings import U8Settings


def make_u8(settings: Mapping[str, object] | None = None) -> Sandbox:
    """An account set with two departments and nothing else; ValueError names a wrong setting."""
    from sandbox.yonyou.u8.account import U8
    from sandbox.yonyou.u8.gateway import classify, vendor_routes
    from sandbox.yonyou.u8.kinds import define_kinds, seed_departments

    chosen = U8Settings.of(settings)
    clock, store, journal, faults = Sandbox.parts()
    u8 = U8(chosen, clock, store, journal, faults)
    define_kinds(u8)
    seed_departments(u8)
    return Sandbox(
        name="u8",
        clock=clock,
        store=store,
        journal=journal,
        faults=faults,
        routes=vendor_routes(u8),
        credentials=partial(_credentials, chosen),
        settings=chosen,
        classify=classify,
        resets=[u8.forget, partial(seed_departments, u8)],
    )


def _credentials(settings: U8Settings, base_url: str) -> dict[str, str]:
    names = ("from_account", "to_account", "app_key", "app_secret", "ds_sequence")
    return {"product": "u8", "base_url": base_url, **{name: str(getattr(settings, name)) for name in names}}
