"""hub mappings: check and try files, keep and activate versions with a counted preview, export."""

from pathlib import Path
from typing import Annotated, cast

import typer

from hub.cli.desk import AsJson, Desk, Limit, columns, desk_of
from hub.cli.plans import DryRun, ModeOption, Yes, show_plan
from hub.errors import BadInput
from hub.mapping.check import check_file
from hub.mapping.compile import compile_mapping
from hub.mapping.findings import Finding
from hub.mapping.load import load_file, load_samples, samples_beside, shipped_samples
from hub.mapping.preview import preview as preview_record
from hub.setup import activation, mappings
from hub.setup.rebase import Mode
from hub.store import mappings as store

group = typer.Typer(help="映射 / Mappings", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="映射文件 / Mapping file")]
Samples = Annotated[Path | None, typer.Option("--sample", help="样例记录 JSON / Sample native records as JSON")]

_COLUMNS = columns(
    id="编号 / Id",
    system="系统 / System",
    entity="主数据 / Entity",
    connection_id="连接 / Connection",
    version="版本 / Version",
    active="启用 / Active",
    hash="指纹 / Hash",
    created_by="创建人 / By",
    created_at="创建 / Made",
)
_LINES = columns(
    field="字段 / Field",
    native_path="原始路径 / Native path",
    native="原始值 / Native",
    golden="主数据 / Golden",
    sent="将发送 / Sent",
    verdict="判定 / Verdict",
    problem="问题 / Problem",
)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="mappings")


@group.command("list")
def list_(
    ctx: typer.Context,
    active: Annotated[bool, typer.Option("--active", help="只看启用的 / Only active ones")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """映射版本列表 / List versions of mappings"""
    desk = desk_of(ctx)
    with desk.hub.db.read() as tx:
        desk.listing(
            lambda page: store.list_mappings(tx, page, active_only=active), _COLUMNS, limit=limit, as_json=as_json
        )


@group.command("check")
def check(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="映射文件 / Mapping files")],
    sample: Samples = None,
    as_json: AsJson = False,
) -> None:
    """检查映射文件，有错误时状态为 1 / Check mapping files; status 1 when there are errors"""
    desk = desk_of(ctx)
    samples = load_samples(sample) if sample else None
    findings = [finding for file in files for finding in check_file(file, samples)]
    _show_findings(desk, findings, as_json=as_json)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)
    desk.say(f"{len(files)} 个文件可用", f"{len(files)} file(s) are fine")


@group.command("preview")
def preview(ctx: typer.Context, file: File, sample: Samples = None, as_json: AsJson = False) -> None:
    """用样例逐行预览 / Try a mapping on samples, line by line"""
    desk = desk_of(ctx)
    spec = load_file(file)
    samples = load_samples(sample) if sample else samples_beside(file)[0] or shipped_samples(spec.system, spec.entity)
    if not samples:
        raise BadInput(
            "没有样例记录，请用 --sample 给出", "There are no sample records; give --sample", field="--sample"
        )
    compiled = compile_mapping(spec)
    results = [preview_record(compiled, record).as_json() for record in samples]
    if as_json:
        desk.json(results)
        return
    for result in results:
        desk.rows(result["lines"], _LINES, as_json=False)


@group.command("apply")
def apply(  # noqa: PLR0913 - one parameter per option
    ctx: typer.Context,
    file: File,
    *,
    connection: Annotated[str, typer.Option(help="只用于此连接 / For this connection only")] = "",
    mode: ModeOption = "future",
    sample: Samples = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """检查、保存为新版本、显示影响、启用 / Check, keep as a version, show what changes, activate"""
    desk = desk_of(ctx)
    kept = _keep(desk, file, sample, connection)
    plan = activation.preview_activation(desk.hub, kept.id, cast(Mode, mode))
    if not as_json:
        show_plan(desk, plan)
    if not dry_run:
        desk.confirm(f"将启用版本 {kept.version}。", f"Version {kept.version} will be activated.", yes=yes)
        plan = activation.activate(desk.hub, kept.id, cast(Mode, mode), who=desk.who)
        desk.say(f"已启用版本 {kept.version}", f"Activated version {kept.version}")
    if as_json:
        desk.json({"id": kept.id, "version": kept.version, "active": not dry_run, **plan.as_json()})


@group.command("export")
def export(
    ctx: typer.Context,
    system: Annotated[str, typer.Argument(help="系统 / System")],
    entity: Annotated[str, typer.Argument(help="主数据 / Entity")],
    connection: Annotated[str, typer.Option(help="此连接自己的 / The connection's own")] = "",
    output: Annotated[Path | None, typer.Option(help="写入文件 / Write to a file")] = None,
) -> None:
    """把启用的映射导出为 YAML / Export the active mapping as YAML"""
    desk = desk_of(ctx)
    text = mappings.export_yaml(desk.hub, system, entity, connection=connection)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
        desk.say(f"已写入 {output}", f"Wrote {output}")


def _keep(desk: Desk, file: Path, sample: Path | None, connection: str) -> mappings.Version:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"无法读取 {file}：{error}", f"cannot read {file}: {error}", field="file") from None
    samples = load_samples(sample) if sample else samples_beside(file)[0] or None
    source, findings = mappings.check(text, file=str(file), samples=samples)
    return mappings.save(desk.hub, source, findings, connection=connection, who=desk.who)


def _show_findings(desk: Desk, findings: list[Finding], *, as_json: bool) -> None:
    if as_json:
        desk.json([finding.as_json() for finding in findings])
        return
    for finding in findings:
        typer.echo(f"{finding.severity}: {finding.in_language(desk.lang)}", err=True)
