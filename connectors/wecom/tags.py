"""Shared tags of external contacts by their names, as a mapping reads and writes them: 大客户、华东. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hub.connector.meaning import duty
from hub.errors import ValidationFailed

BETWEEN = "、"
_SEPARATOR = re.compile(r"[、,，;；\n]")
UNKNOWN_TAG = duty(
    "system_admin",
    "在管理后台“客户联系 → 客户标签”里新建这个标签（重名的写成 标签组/标签），或更正这条记录的标签，然后重试",
    "make the tag in the console (customer contact, customer tags; write group/tag where a name comes twice), or correct the "
    "record's tags, then replay",
)


@dataclass(frozen=True)
class TagNames:
    """`groups`: (group's name, its tags by id). A name that two groups have is shown as group/name; one that could not be told from
    the separators as the tag's id."""

    groups: Iterable[tuple[str, Mapping[str, str]]] = ()
    names: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = [(group, key, name.strip()) for group, tags in self.groups for key, name in tags.items()]
        count = Counter(name for _group, _key, name in rows)
        for group, key, name in rows:
            shown = name if count[name] == 1 else f"{group}/{name}"
            self.names[key] = key if _SEPARATOR.search(shown) else shown
            self.ids[self.names[key]] = self.ids[f"{group}/{name}"] = key

    def knows(self, ids: Iterable[str]) -> bool:
        return set(ids) <= self.names.keys()

    def shown(self, ids: Iterable[str]) -> str:
        """Their names in order, joined; a tag that is not in the list (of a rule group) stays an id."""
        return BETWEEN.join(sorted({self.names.get(key, key) for key in ids}))

    def read(self, text: str, present: Iterable[str]) -> set[str]:
        """Ids of the tags that a text names; `present` ones may stand there as ids. Raises ValidationFailed naming the others."""
        wanted = [part for one in _SEPARATOR.split(text) if (part := one.strip())]
        known = {**{key: key for key in present}, **{key: key for key in self.names}, **self.ids}
        unknown = [one for one in wanted if one not in known]
        if unknown:
            listed = BETWEEN.join(unknown)
            raise ValidationFailed(
                f"企业微信没有客户标签 {listed}", f"WeCom has no customer tag {listed}", field="tag_names", value=listed
            ).put_right_by(UNKNOWN_TAG.job, UNKNOWN_TAG.press.zh, UNKNOWN_TAG.press.en)
        return {known[one] for one in wanted}
