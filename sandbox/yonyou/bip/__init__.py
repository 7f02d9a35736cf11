"""YonBIP / YonSuite as a sandbox: one tenant behind the gateway."""

from collections.abc import Mapping
from functools import partial

from sandbox.core import Sandbox
from sandbox.yonyou.settings import BipSettings


def make_yonbip(settings: Mapping[str, object] | None = None) -> Sandbox:
    """A tenant with its base data and nothing else; ValueError names a wrong setting."""
    from sandbox.yonyou.bip.account import Bip
    from sandbox.yonyou.bip.base import seed_base
    from sandbox.yonyou.bip.gateway import classify, vendor_routes
    from sandbox.yonyou.bip.kinds import define_kinds
    from sandbox.yonyou.bip.push import Pusher, push
    from sandbox.yonyou.bip.tokens import Tokens

    chosen = BipSettings.of(settings)
    clock, store, journal, faults = Sandbox.parts()
    bip = Bip(chosen, clock, store, journal, faults, Tokens(chosen, clock))
    define_kinds(bip)
    seed_base(bip)
    Pusher(bip)
    return Sandbox(
        name="yonbip",
        clock=clock,
        store=store,
        journal=journal,
        faults=faults,
        routes=vendor_routes(bip),
        credentials=partial(_credentials, chosen),
        push=partial(push, bip),
        settings=chosen,
        classify=classify,
        resets=[bip.forget, partial(seed_base, bip)],
    )


def _credentials(settings: BipSettings, base_url: str) -> dict[str, str]:
    names = ("tenant_id", "app_key", "app_secret", "org_code", "finance")
    known = {name: str(getattr(settings, name)) for name in names}
    if settings.encoding_aes_key:
        known["encoding_aes_key"] = settings.encoding_aes_key
    return {"product": "yonbip", "base_url": base_url, **known}
