"""Control routes only this sandbox has: forced edits of audited documents, and the ERP's own finance figures."""

from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from sandbox.core import ControlError, Sandbox
from sandbox.core.control import control_routes, json_answer
from sandbox.core.gate import Gate
from sandbox.kingdee.database import Database
from sandbox.kingdee.figures import figures


@dataclass
class KingdeeSandbox(Sandbox):
    """A sandbox with its own control routes in front of the shared ones."""

    database: Database | None = None

    def app(self) -> ASGIApp:
        """The ASGI application."""
        control = Starlette(routes=[*self._own_routes(), *control_routes(self)])
        return Gate(self, control=control, vendor=Starlette(routes=list(self.routes)))

    def _own_routes(self) -> list[BaseRoute]:
        return [
            Route("/_sandbox/records/_finance", self._finance, methods=["GET"]),
            Route("/_sandbox/records/{object}/{id:path}", self._edit, methods=["PUT"]),
        ]

    async def _finance(self, request: Request) -> Response:
        database = self.database
        assert database is not None
        today = database.today_text()[:10]
        try:
            return json_answer(figures(database, request.query_params.get("as_of", today)))
        except ControlError as error:
            return json_answer({"error": str(error)}, error.status)

    async def _edit(self, request: Request) -> Response:
        """PUT with ?force=true (audited documents too) and ?bump=false (the modified time stays)."""
        name, wanted = request.path_params["object"], request.path_params["id"]
        try:
            changes = await request.json()
            if not isinstance(changes, dict):
                raise ControlError("the body must be a JSON object")
            asked = {key: value.lower() in {"true", "1"} for key, value in request.query_params.items()}
            data = changes | {"force": asked.get("force", bool(changes.get("force")))}
            record = self.store.update(name, wanted, data, bump=asked.get("bump", True))
        except ValueError as error:
            return json_answer({"error": f"the body is not JSON: {error}"}, 400)
        except ControlError as error:
            return json_answer({"error": str(error)}, error.status)
        self.journal.append_user("update", name, id=wanted, data=record)
        return json_answer({"records": [record]})
