"""What one answer of a vendor means, as a row of a connector's table: which error it becomes, what to say, who puts it right.
Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from hub.errors import HubError, RecordRejected, Remedy, Text, TryLater, Vendor

NOTHING = Text("", "")


def duty(job: str, zh: str, en: str) -> Remedy:
    """A remedy for a table: `job` is a key of hub.errors.JOBS, the texts are one clause each, without a full stop."""
    return Remedy(job, Text(zh, en))


@dataclass(frozen=True, slots=True)
class Meaning:
    """`zh` and `en` say only what happened. `remedy` says whose job it is and what they press where the error's usual one can be
    sharper; `field` names the setting or the field at fault; `after` (seconds) counts for a TryLater."""

    error: type[HubError]
    zh: str
    en: str
    after: float = 0.0
    remedy: Remedy | None = None
    field: str = ""

    @property
    def text(self) -> Text:
        return Text(self.zh, self.en)

    def said(self, vendor: Vendor, *, more: Text = NOTHING, value: str = "", after: float = 0.0) -> HubError:
        """The error for this very answer; `more` is put behind both texts and names what the table cannot know."""
        zh, en = f"{self.zh}{more.zh}", f"{self.en}{more.en}"
        if issubclass(self.error, TryLater):
            later = max(self.after, after)
            made: HubError = self.error(
                zh, en, vendor=vendor, field=self.field, value=value, **({"after": later} if later else {})
            )
        else:
            made = self.error(zh, en, vendor=vendor, field=self.field, value=value)
        if self.remedy is not None:
            made.remedy = self.remedy
        return made


def nobody(why: Mapping[str, Meaning]) -> RecordRejected:
    """The error of a message that none of its recipients got: member -> why not. What puts it right is what helps the first."""
    zh, en = (
        ", ".join(f"{one}: {each.text.in_language(tongue)}" for one, each in why.items()) for tongue in ("zh", "en")
    )
    made = RecordRejected(f"没有人能收到消息（{zh}）", f"Nobody can get the message ({en})", value=", ".join(why))
    made.remedy = next((each.remedy for each in why.values() if each.remedy), made.remedy)
    return made
