"""What must hold when the other side is not what it should be: foreign replies, wrong credentials, secrets, the
settings form."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

import pytest
from pydantic import SecretStr

from hub.connector.contract import Client, Message, Write
from hub.connector.form import describe, masked
from hub.connector.redact import MASK
from hub.connector.testing.collect import Collected, needs
from hub.connector.testing.kit import Kit, written
from hub.connector.testing.servers import Proxy, StubVendor
from hub.errors import ConfigInvalid, HubError, SetupError

NOT_THE_VENDOR = {
    "html": (200, b"<!DOCTYPE html><html><body>maintenance</body></html>"),
    "empty": (200, b""),
    "cut": (200, b'{"code":200,"errcode":0,"Result":{"Res'),
    "null": (200, b"null"),
    "list": (200, b"[]"),
    "text": (200, b'"ok"'),
    "object": (200, b"{}"),
    "gateway": (502, b"<h1>Bad Gateway</h1>"),
    "forbidden": (403, b"<h1>WAF</h1>"),
    "redirect": (302, b""),
}


class Trust(Collected):
    url_field: ClassVar[str] = "base_url"
    """The config field that holds the vendor's address."""
    credential: ClassVar[str]
    """A secret config field; with another value in it the vendor refuses us."""
    unknown_code: ClassVar[bytes | Sequence[bytes]]
    """Replies in the vendor's envelope that look like success but for a code that no table knows."""

    empty_replies: ClassVar[frozenset[str]] = frozenset()
    """Names in NOT_THE_VENDOR that are this vendor's honest answer to a question that finds nothing."""

    @pytest.mark.parametrize("reply", NOT_THE_VENDOR)
    def test_a_foreign_reply_is_never_success(self, kit: Kit, reply: str) -> None:
        status, body = NOT_THE_VENDOR[reply]
        self._never_success(kit, body, status=status, reads=reply not in self.empty_replies)

    def test_an_unknown_code_is_never_success(self, kit: Kit) -> None:
        bodies = (self.unknown_code,) if isinstance(self.unknown_code, bytes) else self.unknown_code
        for body in bodies:
            self._never_success(kit, body)

    def test_the_check_proves_the_credentials(self, kit: Kit) -> None:
        facts = kit.client().check()
        assert facts
        assert not [secret for secret in kit.secrets() if secret in str(facts)]

    def test_wrong_credentials_need_an_admin(self, kit: Kit) -> None:
        with kit.failing(SetupError):
            kit.client(kit.config(**{self.credential: "wrong-credential-0000"})).check()

    def test_an_address_nobody_may_call_is_refused(self, kit: Kit) -> None:
        with kit.failing(ConfigInvalid):
            kit.client(kit.config(**{self.url_field: "http://169.254.169.254/latest"})).check()

    @needs("pull", sample="seed")
    def test_nothing_secret_in_errors_calls_and_logs(
        self, kit: Kit, entity: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            client = kit.client()
            client.check()
            kit.control.fault("garbage", rate=1.0)
            with kit.failing(HubError):
                list(client.pull(entity, None))
            echo = " ".join(f"<p>{secret}</p>" for secret in kit.secrets())
            with kit.failing(HubError), StubVendor(echo.encode()) as stub:
                kit.client(kit.config(**{self.url_field: stub.url})).check()
            kit.control.clear_faults()
            wrong = kit.config(**{self.credential: "wrong-credential-0000"})
            with kit.failing(HubError):
                kit.client(wrong).check()
        shown = kit.said() + caplog.text
        assert [secret for secret in [*kit.secrets(), "wrong-credential-0000"] if secret in shown] == []
        assert len(kit.calls) > 2
        assert {call.outcome for call in kit.calls} > {"ok"}

    def test_the_settings_form_masks_every_secret(self, kit: Kit) -> None:
        config = kit.config()
        fields = {field["name"]: field for field in describe(self.connector.config)}
        secret = {name for name, field in fields.items() if field["type"] == "secret"}
        assert self.credential in secret
        assert {name for name in fields if isinstance(getattr(config, name), SecretStr)} == secret
        shown = masked(config)
        assert all(shown[name] in (MASK, "") for name in secret)
        assert not [
            one for one in kit.secrets() if one in json.dumps(shown) or one in repr(config) or one in str(config)
        ]
        for field in fields.values():
            assert field["title"]["zh"] != field["name"], f"{field['name']} needs a title in Chinese and English"
            assert field["title"]["zh"] != field["title"]["en"], f"{field['name']} needs a title in both languages"

    def test_unknown_settings_are_refused(self) -> None:
        with pytest.raises(ValueError, match="no_such_setting"):
            self.connector.config.model_validate({"no_such_setting": 1})

    def _never_success(self, kit: Kit, body: bytes, *, status: int = 200, reads: bool = True) -> None:
        """Neither a check nor a write may come back as done. Before the foreign replies begin, everything works and whatever
        a client looks up before it writes has been looked up: so they meet the writes themselves."""
        with Proxy(kit.control.url) as proxy:
            mine = str(getattr(kit.config(), self.url_field)).replace(kit.control.url, proxy.url)
            client = kit.client(kit.config(**{self.url_field: mine}))
            client.check()
            acts = [act for entity in self.samples for act in self._writes(kit, client, entity)]
            proxy.foreign = (status, body)
            for act in [client.check, *acts] if reads else acts:
                with kit.failing(HubError):
                    act()

    def _writes(self, kit: Kit, client: Client, entity: str) -> Iterator[Callable[[], object]]:
        """Writes that would succeed, each tried once already."""
        sample = self.samples[entity]
        if sample.write is not None:
            made = written(client.create(entity, [kit.write(entity)])[0])
            yield lambda: written_or_raise(client.create(entity, [kit.write(entity)])[0])
            if sample.change is not None:
                change = Write("HUB-T", sample.change(1), id=made, number=client.read(entity, [made])[made].number)
                yield lambda: written_or_raise(client.update(entity, [change])[0])
        if self.connector.manifest.messages:
            yield lambda: client.send(Message(to=("someone",), body="x", channel=self.connector.manifest.messages[0]))


def written_or_raise(outcome: object) -> None:
    if isinstance(outcome, HubError):
        raise outcome
    written(outcome)  # type: ignore[arg-type]
