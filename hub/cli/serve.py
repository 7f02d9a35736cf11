"""Commands that run the product: up, api, worker, scheduler."""

import threading
from typing import Annotated, Any

import typer

from hub.cli.care import spoken
from hub.cli.process import log_to_stderr, run_api, run_scheduler, run_worker, stop_on_signal
from hub.errors import Text
from hub.settings import Settings, load_settings

Port = Annotated[int | None, typer.Option(help="端口；0 表示任选空闲端口 / Port; 0 takes a free one (HUB_PORT)")]
Host = Annotated[str | None, typer.Option(help="监听地址 / Address to listen on (HUB_HOST)")]
Workers = Annotated[int | None, typer.Option(help="工作进程数 / Worker processes (HUB_WORKERS)")]


def register(app: typer.Typer) -> None:
    """Adds up, api, worker and scheduler."""
    app.command("up", help="在这台机器上运行全部服务 / Run everything on this machine")(up)
    app.command("api", help="只运行 HTTP 接口 / Run the HTTP API only")(api)
    app.command("worker", help="只运行一个工作进程 / Run one worker only")(worker)
    app.command("scheduler", help="只运行调度进程 / Run the scheduler only")(scheduler)


def up(ctx: typer.Context, host: Host = None, port: Port = None, workers: Workers = None) -> None:
    """Until Ctrl-C or SIGTERM; a second one ends at once."""
    from hub.queue.supervise import Supervisor

    settings = _settings(host=host, port=port, workers=workers)
    stop = stop_on_signal()

    language = spoken(ctx, settings)

    def say(message: Text) -> None:
        typer.echo(message.in_language(language))

    with Supervisor(settings, say=say):
        say(Text("按 Ctrl-C 停止", "Ctrl-C stops it"))
        stop.wait()
        say(Text("正在停止：等手上的工作做完", "stopping: the work in hand is finished first"))


def api(host: Host = None, port: Port = None) -> None:
    settings = _settings(host=host, port=port)
    log_to_stderr(settings)
    run_api(settings)


def worker() -> None:
    _service(run_worker)


def scheduler() -> None:
    _service(run_scheduler)


def _service(run: Any) -> None:
    settings = _settings()
    log_to_stderr(settings)
    stop: threading.Event = stop_on_signal()
    run(settings, stop=stop)


def _settings(**given: Any) -> Settings:
    return load_settings(**{name: value for name, value in given.items() if value is not None})
