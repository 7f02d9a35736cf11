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


def word(name: str) -> Text:
    """The word in both languages; a name that is not listed stands for itself."""
    if name in KINDS:
        return kind_text(name)
    zh, _, en = _WORDS.get(name, name).partition(" / ")
    return Text(zh, en or zh)
