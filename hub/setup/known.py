"""What callers name, looked up: the row, or an error that says what there is."""

from typing import Any

from sqlalchemy import Connection

from hub.connector import Connector
from hub.errors import BadInput, NotFound
from hub.setup.needs import Needs
from hub.store import connections as store


def connector_of(needs: Needs, system: str) -> Connector:
    """Raises BadInput naming the systems there are."""
    found = needs.connectors.get(system)
    if found is None:
        known = ", ".join(sorted(needs.connectors)) or "-"
        raise BadInput(
            f"没有名为 {system} 的系统，可用：{known}；不能用的连接器文件由 hub doctor 指出",
            f"There is no system {system}; use one of: {known}; hub doctor names connector files that cannot be used",
            field="system",
            value=system,
        )
    return found


def known_connection(tx: Connection, name: str) -> dict[str, Any]:
    """The row of that name, or of that id when the name is a number. Raises NotFound."""
    row = store.find_connection(tx, name)
    if row is None and name.isascii() and name.isdigit() and len(name) < 19:
        row = store.show_connection(tx, int(name))
    if row is None:
        raise NotFound(
            f"没有连接 {name}，可用 hub connections list 查看",
            f"There is no connection {name}; see hub connections list",
            field="connection",
            value=name,
        )
    return row
