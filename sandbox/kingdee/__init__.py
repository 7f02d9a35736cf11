"""A server that behaves like Kingdee 云星空 (K/3 Cloud WebAPI). See README.md."""

from collections.abc import Mapping

from sandbox.core import Sandbox
from sandbox.kingdee.app import KingdeeApp, classify
from sandbox.kingdee.control import KingdeeSandbox
from sandbox.kingdee.database import Database
from sandbox.kingdee.desk import Desk
from sandbox.kingdee.records import KingdeeRecords
from sandbox.kingdee.seed import seed
from sandbox.kingdee.sessions import Sessions
from sandbox.kingdee.settings import Settings, make_settings


def make_sandbox(settings: Mapping[str, object] | None = None) -> Sandbox:
    """The Kingdee sandbox; `settings` are the switches of settings.py. ValueError for an unknown one."""
    made = make_settings(settings)
    clock, _, journal, faults = Sandbox.parts()
    database = Database(made, clock=clock, journal=journal)
    sessions = Sessions(database)
    desk = Desk(database, faults, sessions.end, sessions.switch_org)
    store = KingdeeRecords(database, lambda: seed(database))
    store.clear()
    return KingdeeSandbox(
        name="kingdee",
        clock=clock,
        store=store,
        journal=journal,
        faults=faults,
        routes=KingdeeApp(desk, sessions).routes(),
        credentials=lambda base_url: _credentials(made, base_url),
        settings=made,
        classify=classify,
        resets=[desk.clear, sessions.clear],
        database=database,
    )


def _credentials(settings: Settings, base_url: str) -> dict[str, object]:
    return {
        "server_url": f"{base_url}/{settings.context}/",
        "acct_id": settings.acct_id,
        "username": settings.username,
        "password": settings.password,
        "app_id": settings.app_id,
        "app_secret": settings.app_secret,
        "lcid": settings.lcid,
        "org_number": settings.org_number,
    }


__all__ = ["make_sandbox"]
