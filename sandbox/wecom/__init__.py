"""企业微信 as a sandbox: `make_sandbox(settings)` for the core's server; the README lists its switches."""

from collections.abc import Mapping
from functools import partial

from sandbox.core import Sandbox


def make_sandbox(settings: Mapping[str, object] | None = None) -> Sandbox:
    """A corp with a root department, one self-built app, one group robot; SettingError names a wrong setting."""
    from sandbox.wecom.corp import Corp
    from sandbox.wecom.gateway import classify, vendor_routes
    from sandbox.wecom.objects import define_objects, seed
    from sandbox.wecom.push import push
    from sandbox.wecom.settings import make_settings

    parts = Sandbox.parts()
    corp = Corp(parts, make_settings(settings))
    define_objects(corp)

    def reset() -> None:
        vars(corp.settings).update(vars(make_settings(settings)))
        corp.forget()
        seed(corp)

    def credentials(base_url: str) -> Mapping[str, object]:
        chosen = corp.settings
        names = ("corp_id", "agent_id", "secret", "callback_token", "callback_aes_key", "robot_key")
        return {"base_url": base_url, **{name: getattr(chosen, name) for name in names}}

    seed(corp)
    clock, store, journal, faults = parts
    return Sandbox(
        name="wecom",
        clock=clock,
        store=store,
        journal=journal,
        faults=faults,
        routes=vendor_routes(corp),
        credentials=credentials,
        push=partial(push, corp),
        settings=corp.settings,
        classify=classify,
        resets=[reset],
    )
