"""Words of the engine as people read them in tables: outcomes, states, kinds. JSON output keeps the engine's own."""

from hub.errors import Text
from hub.sync.kinds import KINDS, kind_text

_WORDS = {
    # outcomes of rows in a run
    "fetched": "读到 / read",
    "created": "新建 / created",
    "linked": "关联 / linked",
    "updated": "更新 / updated",
    "unchanged": "未变 / unchanged",
    "filtered": "不在范围 / filtered out",
    "deferred": "稍后再读 / deferred",
    "repeated": "重复读到 / repeated",
    "conflicted": "冲突 / conflicted",
    "failed": "失败 / failed",
    "leased": "待写 / to write",
    "stepped": "推进阶段 / moved a stage",
    "inbox": "进入待处理 / to the inbox",
    "waiting": "等待上级记录 / waiting",
    "unknown": "结果待查 / reply lost",
    "due": "将推送 / would be sent",
    "wanted": "将新建 / would be created",
    "later": "稍后重试 / later again",
    "looked_up": "先查再说 / looked up first",
    "found": "查到已写入 / found written",
    "not_written": "查明未写入 / found not written",
    "missing": "未见 / missing",
    # states of runs, connections, records and items
    "ok": "成功 / ok",
    "running": "进行中 / running",
    "unbalanced": "对不平 / unbalanced",
    "busy": "已有任务在读 / busy",
    "idle": "无事可做 / nothing to do",
    "paused": "已暂停 / paused",
    "active": "正常 / active",
    "retrying": "稍后重试 / retrying",
    "no events": "收不到事件 / no events",
    "open": "待处理 / open",
    "resolved": "已处理 / resolved",
    "closed": "已关闭 / closed",
    "live": "有效 / live",
    "merged": "已合并 / merged",
    "disabled": "已停用 / disabled",
    # what a dry push would do with a row
    "create": "新建 / create",
    "update": "更新 / update",
    "step": "推进阶段 / move a stage",
    "wait": "等待 / wait",
    "reject": "不能写 / cannot be written",
    "hold": "暂不写 / held back",
    "giveup": "已放弃 / given up",
    "nothing": "无须写 / nothing",
    # why a record changed
    "written by the hub": "中枢写入后 / written by the hub",
    "read before write": "写入前重读 / read before write",
    "parent arrived": "上级已到 / parent arrived",
    # what a run does
    "pull": "拉取 / pull",
    "push": "推送 / push",
    "reread": "重读 / reread",
    "settle": "核实 / settle",
    "sweep": "全量核对 / sweep",
    # what a change of configuration changes
    "fresh": "新的或换了来源 / new or read elsewhere",
    "remapped": "换了转换或方向 / other steps or direction",
    "authority": "换了以谁为准 / another one wins",
    "row_fresh": "明细新的或换了来源 / new in the lines",
    "row_remapped": "明细换了转换或方向 / other steps in the lines",
    "row_authority": "明细换了以谁为准 / another one wins in the lines",
    "stage": "目标阶段 / wanted stage",
    "field": "字段 / field",
}


#: Keys of one thing shown line by line; where there is none the key itself stands.
_KEYS = {
    "id": "编号",
    "name": "名称",
    "system": "系统",
    "options": "选项",
    "state": "状态",
    "reason": "原因",
    "ok": "成功",
    "failures": "连续失败",
    "resume_at": "下次重试",
    "created_at": "建立",
    "updated_at": "更新",
    "settings": "设置",
    "events": "事件接收",
    "kind": "种类",
    "connection": "连接",
    "entity": "主数据",
    "record_id": "记录",
    "field": "字段",
    "record_title": "记录名称",
    "text": "说明",
    "base": "上次一致",
    "golden": "主数据的值",
    "remote": "对方的值",
    "natives": "对方原值",
    "first": "首次对接",
    "opened_at": "产生",
    "revision": "版本",
    "resolution": "决定",
    "resolved_by": "处理人",
    "resolved_at": "处理时间",
    "candidates": "已有的记录",
    "values": "对方的值",
    "why": "依据",
    "status": "结果",
    "remark": "备注",
    "approval": "审批",
    "title": "名称",
    "number": "编码",
    "version": "版本",
    "data": "内容",
    "bindings": "绑定",
    "started_at": "开始",
    "ended_at": "结束",
    "trigger": "起因",
    "full": "全量",
    "dry": "试算",
    "counts": "计数",
    "error": "错误",
    "failed_calls": "失败的调用",
    "merged_into": "已并入",
}


def key_text(key: str) -> Text:
    """The name of a line in both languages; English keeps the key, which is also the one of --json."""
    return Text(_KEYS.get(key, key), key)


def word(name: str) -> Text:
    """The word in both languages; a name that is not listed stands for itself."""
    if name in KINDS:
        return kind_text(name)
    zh, _, en = _WORDS.get(name, name).partition(" / ")
    return Text(zh, en or zh)
