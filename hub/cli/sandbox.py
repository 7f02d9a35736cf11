"""Commands for trying the product without a vendor: sandbox, demo. What they run is found by entry point."""

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Annotated, Any

import typer

from hub.errors import BadInput, SetupError


def register(app: typer.Typer) -> None:
    """Adds sandbox and demo."""
    app.command("sandbox", help="运行一个仿真的厂商系统 / Run a server that behaves like a vendor")(sandbox)
    app.command("demo", help="运行完整演示 / Run the whole demo")(demo)


def sandbox(
    system: Annotated[str, typer.Argument(help="系统名，如 kingdee / System, such as kingdee")],
    port: Annotated[int, typer.Option(help="端口；0 表示任选空闲端口 / Port; 0 takes a free one")] = 0,
    host: Annotated[str, typer.Option(help="监听地址 / Address to listen on")] = "127.0.0.1",
    data: Annotated[str | None, typer.Option(help="初始数据文件 / JSON file to start with")] = None,
) -> None:
    """Until Ctrl-C; the first line printed holds the address."""
    serve = _load("hub.sandboxes", "sandbox")
    try:
        serve(system, port, host, data)
    except KeyError as error:
        raise BadInput(
            f"没有名为 {system} 的仿真系统，可用：{str(error.args[0]).partition('known: ')[2]}",
            str(error.args[0]),
            field="system",
            value=system,
        ) from error
    except OSError as error:
        raise SetupError(
            f"仿真系统没有启动：{error}；请换一个 --port 或检查 --data 文件",
            f"the sandbox did not start: {error}; choose another --port or check the --data file",
        ) from error


def demo(
    customers: Annotated[int, typer.Option(min=1, help="客户数 / Customers")] = 2000,
    orders: Annotated[int, typer.Option(min=1, help="订单数 / Orders")] = 5000,
    serve: Annotated[bool, typer.Option("--serve", help="演示后继续运行 / Leave it running afterwards")] = False,
    systems: Annotated[str, typer.Option(help="参与的系统，逗号分隔，或 all / Systems, comma-separated, or all")] = "",
) -> None:
    """Exit status 1 when the sides disagree at the end, 2 for a system that does not play."""
    run = _load("hub.demos", "demo")
    raise typer.Exit(int(run(customers=customers, orders=orders, serve=serve, systems=systems) or 0))


def _load(group: str, name: str) -> Callable[..., Any]:
    for point in entry_points(group=group, name=name):
        found: Callable[..., Any] = point.load()
        return found
    raise SetupError(
        f"这个安装里没有 {name}（入口组 {group}）；请安装完整的软件包",
        f"this installation has no {name} (entry point group {group}); install the whole package",
    )
