"""What must hold for pushes of the vendor: verified before believed, tampering seen, replays recognisable."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import BaseModel

from hub.connector.contract import WebhookReply, WebhookRequest
from hub.connector.testing.collect import Collected, needs
from hub.connector.testing.kit import Kit
from hub.connector.testing.servers import Receiver
from hub.errors import BadInput


class Webhooks(Collected):
    push_events: ClassVar[Sequence[Mapping[str, Any]]] = ()
    """Bodies for POST /_sandbox/push (without url): two different events at least, when the manifest says callbacks."""
    signed: ClassVar[Sequence[str]] = ()
    """Query parameters that the verification covers."""
    body_signed: ClassVar[bool] = True

    def push_url(self, url: str, config: BaseModel) -> str:
        """Where an admin would tell the vendor to push, given the address of our receiver."""
        return url

    @needs("callbacks")
    def test_a_real_push_is_understood(self, kit: Kit) -> None:
        for request in self._pushed(kit):
            reply = self._parse(kit, request)
            assert reply.status == 200
            assert reply.hints
            assert all(hint.key for hint in reply.hints)

    @needs("callbacks")
    def test_a_replay_has_the_same_key_and_another_event_another(self, kit: Kit) -> None:
        first, second = self._pushed(kit)[:2]
        keys = {hint.key for hint in self._parse(kit, first).hints}
        assert {hint.key for hint in self._parse(kit, first).hints} == keys
        assert not keys & {hint.key for hint in self._parse(kit, second).hints}

    @needs("callbacks")
    def test_tampering_is_refused(self, kit: Kit) -> None:
        for forged in self._forgeries(self._pushed(kit)[0]):
            with kit.failing(BadInput):
                self._parse(kit, forged)

    @needs("callbacks")
    def test_bodies_of_strangers_are_refused_without_a_crash(self, kit: Kit) -> None:
        real = self._pushed(kit)[0]
        for body in (
            b"",
            b"{",
            b"<xml>",
            b"\xff\x00" * 40,
            b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>',
            b"[" * 5000,
        ):
            stripped = replace(real, body=body, query={})
            with kit.failing(BadInput):
                self._parse(kit, stripped)

    def _pushed(self, kit: Kit) -> list[WebhookRequest]:
        with Receiver() as receiver:
            for event in self.push_events:
                reply = kit.control.push(self.push_url(receiver.url, kit.config()), event)
                assert reply["status"] == 200
            return [request for request in receiver.requests if request.method == "POST"]

    def _parse(self, kit: Kit, request: WebhookRequest) -> WebhookReply:
        callback = self.connector.callback
        assert callback is not None
        return callback(kit.config(), request, kit.control.now())

    def _forgeries(self, real: WebhookRequest) -> Iterator[WebhookRequest]:
        for name in self.signed:
            yield replace(real, query={**real.query, name: _changed(real.query[name])})
            yield replace(real, query={key: value for key, value in real.query.items() if key != name})
        if self.body_signed:
            middle = len(real.body) // 2
            flipped = bytes([real.body[middle] ^ 1])
            yield replace(real, body=real.body[:middle] + flipped + real.body[middle + 1 :])
            yield replace(real, body=b"")


def _changed(text: str) -> str:
    return text[:-1] + ("0" if text[-1:] != "0" else "1")
