"""How routes reach what the process runs on."""

from fastapi import Request

from hub.setup.needs import Runtime


def runtime_of(request: Request) -> Runtime:
    """Dependency: the runtime that `create_app` was given."""
    runtime: Runtime = request.app.state.runtime
    return runtime
