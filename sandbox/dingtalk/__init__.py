"""钉钉 as a sandbox: `make_sandbox(settings)` for the core's server; the README lists its switches."""

from collections.abc import Mapping
from functools import partial

from sandbox.core import Sandbox


def make_sandbox(settings: Mapping[str, object] | None = None) -> Sandbox:
    """An organisation with one internal app, group robot and approval template; SettingError names a wrong setting."""
    from starlette.routing import WebSocketRoute

    from sandbox.dingtalk.delivery import Courier
    from sandbox.dingtalk.events import watch
    from sandbox.dingtalk.gateway import classify, vendor_routes
    from sandbox.dingtalk.objects import define_objects, seed
    from sandbox.dingtalk.push import push
    from sandbox.dingtalk.settings import make_settings
    from sandbox.dingtalk.stream import StreamHub
    from sandbox.dingtalk.tenant import Tenant

    parts = Sandbox.parts()
    tenant = Tenant(parts, make_settings(settings))
    define_objects(tenant)
    hub = StreamHub(tenant)
    Courier(tenant)

    def reset() -> None:
        vars(tenant.settings).update(vars(make_settings(settings)))
        tenant.forget()
        hub.forget()
        seed(tenant)

    def credentials(base_url: str) -> Mapping[str, object]:
        tenant.base_url = base_url
        names = ("corp_id", "app_key", "app_secret", "agent_id", "callback_token", "callback_aes_key")
        told = {name: getattr(tenant.settings, name) for name in (*names, "robot_token", "robot_secret")}
        robot_code = tenant.settings.app_key  # of an internal app they are the same
        return {"base_url_oapi": base_url, "base_url_api": base_url, **told, "robot_code": robot_code}

    seed(tenant)
    watch(tenant)
    clock, store, journal, faults = parts
    return Sandbox(
        name="dingtalk",
        clock=clock,
        store=store,
        journal=journal,
        faults=faults,
        routes=[WebSocketRoute("/connect", hub.serve), *vendor_routes(tenant)],
        credentials=credentials,
        push=partial(push, tenant, hub),
        settings=tenant.settings,
        classify=classify,
        resets=[reset],
    )
