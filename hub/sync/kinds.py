"""Kinds of inbox items in words."""

from collections.abc import Mapping

from hub.errors import Text

KINDS: Mapping[str, Text] = {
    "conflict": Text("冲突", "conflict"),
    "possible_duplicate": Text("疑似重复", "possible duplicate"),
    "collision": Text("撞号", "collision"),
    "rejected": Text("未能写入", "rejected"),
    "invalid": Text("无法使用", "invalid"),
    "waiting_parent": Text("等待上级", "waits for parent"),
    "unknown_outcome": Text("结果不明", "outcome unknown"),
    "total_differs": Text("合计不符", "total differs"),
    "gone": Text("对方已删", "gone"),
    "delete_conflict": Text("删改冲突", "delete conflict"),
    "stage_conflict": Text("阶段冲突", "stage conflict"),
    "approval_refused": Text("审批未通过", "approval refused"),
}


def kind_text(kind: str) -> Text:
    """In both languages; one that is not listed stands for itself."""
    return KINDS.get(kind, Text(kind, kind))
