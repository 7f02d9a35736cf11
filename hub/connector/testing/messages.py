"""What must hold for messages to people: delivered once, refusals named, long text whole, quotas honoured, answers heard."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from hub.connector.contract import Answer, Confirming, Message
from hub.connector.testing.collect import Collected, needs
from hub.connector.testing.kit import AWKWARD, Kit
from hub.connector.testing.servers import Receiver
from hub.errors import OutcomeUnknown, RateLimited, RecordGone, RecordRejected

LONG = "".join(f"第{n}行：应收账款已逾期，请尽快跟进😀。\n" for n in range(200))


class Messages(Collected):
    members: ClassVar[Sequence[str]] = ("zhangsan", "lisi")
    """Members that `prepare` makes and that can get messages."""
    stranger: ClassVar[str] = "nobody-of-that-name"

    def shown(self, entry: object) -> str:
        """The text that one journal entry of kind message carries to its readers."""
        return str(entry)

    def landed(self, entry: object) -> bool:
        """Whether the message of that journal entry reached somebody; the vendor may take one and drop it."""
        return bool(entry)

    def answer_event(self, message: str, member: str) -> Mapping[str, Any]:
        """Where the manifest names `confirms`: the body for POST /_sandbox/push (without url) of `member` pressing the button."""
        raise NotImplementedError

    @needs("messages:app")
    def test_a_message_arrives_once_and_whole(self, kit: Kit) -> None:
        for kind in ("text", "markdown", "card"):
            before = len(self._sent(kit))
            delivery = kit.client().send(
                Message(
                    to=(self.members[0],), body=AWKWARD, kind=kind, title="提醒", url="https://hub.example/x", key=kind
                )
            )
            assert delivery.id
            assert delivery.refused == {}
            sent = self._sent(kit)[before:]
            assert len(sent) == 1
            assert "华星贸易（深圳）有限公司 😀" in self.shown(sent[0])

    @needs("messages:app")
    def test_who_cannot_get_it_is_named(self, kit: Kit) -> None:
        delivery = kit.client().send(Message(to=(self.members[0], self.stranger), body="你好", key="r1"))
        assert {name.lower() for name in delivery.refused} == {self.stranger.lower()}
        with kit.failing(RecordRejected):
            kit.client().send(Message(to=(self.stranger,), body="你好", key="r2"))

    @needs("messages:app")
    def test_long_text_is_split_and_nothing_is_cut(self, kit: Kit) -> None:
        kit.client().send(Message(to=(self.members[0],), body=LONG, key="long"))
        sent = self._sent(kit)
        assert len(sent) > 1
        whole = "".join(self.shown(entry) for entry in sent)
        for line in LONG.strip().split("\n"):
            assert line in whole

    @needs("messages:app")
    def test_a_lost_reply_is_unknown(self, kit: Kit) -> None:
        client = kit.client()
        client.check()
        kit.control.fault("commit_then_drop", match={"write": True})
        with kit.failing(OutcomeUnknown):
            client.send(Message(to=(self.members[0],), body="一次", key="lost"))
        assert len(self._sent(kit)) == 1

    @needs("messages:app", "repeats:app")
    def test_a_repeat_after_a_lost_reply_is_dropped_by_the_vendor_and_not_refused(self, kit: Kit) -> None:
        client, message = kit.client(), Message(to=(self.members[0],), body="一次", key="repeat")
        client.check()
        kit.control.fault("commit_then_drop", match={"write": True})
        with kit.failing(OutcomeUnknown):
            client.send(message)
        told = client.send(message)
        assert (told.refused, told.uncertain) == ({}, ())
        client.send(Message(to=(self.members[0],), body="一次", key="another"))
        assert [self.landed(entry) for entry in self._sent(kit)].count(True) == 2

    @needs("messages:app", faults="rate_limited")
    def test_a_quota_says_when_to_come_back(self, kit: Kit) -> None:
        client = kit.client()
        client.check()
        kit.control.fault("rate_limited", match={"write": True})
        with kit.failing(RateLimited) as caught:
            client.send(Message(to=(self.members[0],), body="等一下", key="quota"))
        assert isinstance(caught[0], RateLimited)
        assert caught[0].after > 0
        assert self._sent(kit) == []

    @needs("messages:app", faults="token_expired")
    def test_a_dead_token_sends_one_message(self, kit: Kit) -> None:
        client = kit.client()
        client.check()
        kit.control.fault("token_expired", match={"write": True})
        client.send(Message(to=(self.members[0],), body="一次", key="token"))
        assert len(self._sent(kit)) == 1

    @needs("messages:robot")
    def test_the_robot_speaks(self, kit: Kit) -> None:
        kit.client().send(Message(to=(), body=AWKWARD, channel="robot", key="robot"))
        assert "华星贸易" in self.shown(self._sent(kit)[0])

    @needs("confirms:app")
    def test_who_confirmed_a_message_is_heard_and_sees_it_on_the_card(self, kit: Kit) -> None:
        client = kit.client()
        assert isinstance(client, Confirming)
        client.send(Message(to=(self.members[0],), body=AWKWARD, kind="confirm", title="提醒", key="alert-1-a"))
        assert len(self._sent(kit)) == 1
        assert "华星贸易" in self.shown(self._sent(kit)[0])
        first, again = self._answers(kit, {**self.answer_event("alert-1-a", self.members[0]), "times": 2})
        assert (first.message, first.member.casefold()) == ("alert-1-a", self.members[0].casefold())
        assert first == again
        assert first.key
        client.confirmed(first)
        try:
            client.confirmed(first)
        except RecordGone as error:
            kit.errors.append(error)

    def _answers(self, kit: Kit, event: Mapping[str, Any]) -> list[Answer]:
        callback = self.connector.callback
        assert callback is not None
        with Receiver() as receiver:
            kit.control.push(receiver.url, event)
        return [
            one for request in receiver.requests for one in callback(kit.config(), request, kit.control.now()).answers
        ]

    def _sent(self, kit: Kit) -> Sequence[object]:
        return [entry for entry in kit.control.journal() if entry["kind"] == "message"]
