"""The finished connector of docs/write-a-connector.md, each time with one mistake that is easily made: the contract kit fails, at the
checks that are named here and at no other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hub.connector.scaffold import write_connector
from tests.contract.page import run, steps

CLIENT, CALLS, ERRORS, CALLBACK, CONFIG = (
    f"hub_acme/{name}.py" for name in ("client", "calls", "errors", "callback", "config")
)
LOGGED = '        logging.getLogger("acme").debug("secret %s", config.app_secret.get_secret_value())\n'


@dataclass(frozen=True)
class Sabotage:
    """Each of `changes` is (file, what is there, what stands there instead); `found_by` are the checks that must fail."""

    name: str
    changes: tuple[tuple[str, str, str], ...]
    found_by: frozenset[str] = field(default_factory=frozenset)

    def apply(self, folder: Path) -> None:
        for file, there, instead in self.changes:
            text = (folder / file).read_text("utf-8")
            assert text.count(there) == 1, f"{file}: {there!r} must stand there once"
            (folder / file).write_text(text.replace(there, instead), "utf-8")


def sabotage(name: str, *changes: tuple[str, str, str], found_by: str) -> Sabotage:
    return Sabotage(name, changes, frozenset(f"test_{check}" for check in found_by.split()))


SABOTAGES = (
    sabotage(
        "the minute of the checkpoint is not asked for again",
        (CLIENT, "from_moment(OVERLAP_S)", "from_moment(-60)"),
        found_by="an_edit_in_the_second_of_the_checkpoint_is_not_missed pages_that_shift_while_being_read"
        " clocks_that_differ_hide_no_change",
    ),
    sabotage(
        "pages are read once, first to last, and nobody counts",
        (CLIENT, "for rows in counted(", "for rows in in_order("),
        (
            CLIENT,
            "class AcmeClient",
            "def in_order(fetch, key, *, what):\n"
            "    last = fetch(1).last\n"
            "    yield from (fetch(number).rows for number in range(1, last + 1))\n\n\nclass AcmeClient",
        ),
        found_by="pages_that_shift_while_being_read a_page_that_comes_twice",
    ),
    sabotage(
        "the first page already gives the checkpoint of the whole",
        (
            CLIENT,
            "yield Page([_remote(row) for row in rows])",
            "yield Page([_remote(row) for row in rows], Scan(since=scan.mark).as_json())",
        ),
        found_by="a_stored_checkpoint_never_passes_what_has_not_landed",
    ),
    sabotage(
        "every pull reads everything",
        (CLIENT, "Scan.parse(None if full else checkpoint)", "Scan.parse(None)"),
        found_by="a_later_pull_brings_the_changes_only",
    ),
    sabotage(
        "times of Beijing are taken for times of Greenwich",
        (CLIENT, 'ZONE = ZoneInfo("Asia/Shanghai")', 'ZONE = ZoneInfo("UTC")'),
        found_by="a_later_pull_brings_the_changes_only",
    ),
    sabotage(
        "the hub's clock alone decides the checkpoint",
        (CLIENT, "scan.done_by_rows(self._link.lag)", "scan.done()"),
        found_by="clocks_that_differ_hide_no_change",
    ),
    sabotage(
        "times of Tokyo, an hour ahead, and nobody looks at the rows",
        (CLIENT, 'ZONE = ZoneInfo("Asia/Shanghai")', 'ZONE = ZoneInfo("Asia/Tokyo")'),
        (CLIENT, "scan.done_by_rows(self._link.lag)", "scan.done()"),
        found_by="an_edit_in_the_second_of_the_checkpoint_is_not_missed pages_that_shift_while_being_read"
        " clocks_that_differ_hide_no_change",
    ),
    sabotage(
        "amounts pass through a float",
        (CLIENT, "return Remote(_id(row), row,", 'return Remote(_id(row), {**row, "credit": float(row["credit"])},'),
        found_by="no_float_anywhere money_is_exact",
    ),
    sabotage(
        "numbers of records are read as integers",
        (
            CLIENT,
            'number=row["number"]',
            'number=str(int(row["number"])) if row["number"].isdigit() else row["number"]',
        ),
        found_by="a_long_number_is_text_and_stays_whole",
    ),
    sabotage(
        "an error inside HTTP 200 is not looked at",
        (ERRORS, "    if code not in CODES:", "    if code not in CODES and code != 99999:"),
        (
            ERRORS,
            "    raise meaning(code, _evidence(reply))",
            "    if code in CODES:\n        raise meaning(code, _evidence(reply))",
        ),
        found_by="an_unknown_code_is_never_success",
    ),
    sabotage(
        "a change answers with another id than the record's",
        (CALLS, 'json=fields).at("data", "id", kind=int))', "json=fields).status)"),
        found_by="an_update_changes_the_given_fields a_record_in_use_is_tried_later",
    ),
    sabotage(
        "refused rows of a batch count as written",
        (CLIENT, "if code == 0 and isinstance(number, int):", "if code is not None:"),
        found_by="one_bad_row_fails_alone",
    ),
    sabotage(
        "a refused row is left out of the outcomes",
        (
            CLIENT,
            "for place in range(len(writes))]",
            'for place in range(len(writes)) if reply.data["data"][place].get("code") == 0]',
        ),
        found_by="one_bad_row_fails_alone",
    ),
    sabotage(
        "a create whose reply was lost is sent again",
        (CALLS, '"firms", safe=False, json={"rows"', '"firms", safe=True, json={"rows"'),
        found_by="a_lost_reply_is_unknown_and_the_record_is_made_once after_a_lost_reply_the_record_is_found_by_its_key "
        "a_call_that_died_before_the_vendor_read_it_is_not_success a_timeout_is_unknown a_page_of_html_is_no_confirmation "
        "a_commit_that_lands_late_is_found_after_the_settle_time",
    ),
    sabotage(
        "the key does not go with the record",
        (CLIENT, '{**write.data, "external": write.key}', "dict(write.data)"),
        found_by="after_a_lost_reply_the_record_is_found_by_its_key a_commit_that_lands_late_is_found_after_the_settle_time",
    ),
    sabotage(
        "a dead token is an admin's business",
        (ERRORS, "40101: (TokenDead,", "40101: (CredentialsRejected,"),
        found_by="a_token_that_expires_between_pages a_write_with_a_dead_token_is_done_once",
    ),
    sabotage(
        "how long to wait is made up",
        (ERRORS, "after=wait, vendor", "after=30, vendor"),
        found_by="a_quota_says_when_to_come_back_and_nothing_was_written",
    ),
    sabotage(
        "a quota is a refusal of the record",
        (ERRORS, "    if code == QUOTA:", "    if code == QUOTA:\n        raise meaning(42200, _evidence(reply))"),
        found_by="a_quota_says_when_to_come_back_and_nothing_was_written",
    ),
    sabotage(
        "secrets are not masked",
        (CALLS, "redactor = Redactor(secrets_of(config))", "redactor = Redactor()"),
        found_by="nothing_secret_in_errors_calls_and_logs",
    ),
    sabotage(
        "the secret is written to the log",
        (CALLS, "        self._config = config\n", "        self._config = config\n" + LOGGED),
        (CALLS, "from typing import Any\n", "from typing import Any\nimport logging\n"),
        found_by="nothing_secret_in_errors_calls_and_logs",
    ),
    sabotage(
        "a setting that is secret is shown",
        (CONFIG, "app_secret: SecretStr", "app_secret: str"),
        (CALLS, "config.app_key, config.app_secret.get_secret_value())", "config.app_key, config.app_secret)"),
        (CALLS, "self._config.app_secret.get_secret_value()", "self._config.app_secret"),
        found_by="the_settings_form_masks_every_secret",
    ),
    sabotage(
        "pushes are believed unsigned",
        (CALLBACK, "not hmac.compare_digest(", "not any("),
        (CALLBACK, 'proof.encode(), request.query.get("sign", "").encode()', "proof"),
        found_by="tampering_is_refused bodies_of_strangers_are_refused_without_a_crash",
    ),
    sabotage(
        "a signature is asked for and not compared",
        (CALLBACK, "not hmac.compare_digest(", "not all(("),
        (CALLBACK, '"").encode()):', '""))):'),
        found_by="tampering_is_refused",
    ),
    sabotage(
        "every push has the same key",
        (CALLBACK, 'str(body["delivery"])', '"acme"'),
        found_by="a_replay_has_the_same_key_and_another_event_another",
    ),
    sabotage(
        "a lock is a refusal of the record",
        (ERRORS, "42300: (RecordLocked,", "42300: (ValidationFailed,"),
        found_by="a_record_in_use_is_tried_later",
    ),
)


@pytest.fixture
def finished(tmp_path: Path) -> Iterator[Path]:
    """The connector as the page leaves it."""
    write_connector("acme", tmp_path)
    folder = tmp_path / "acme"
    for step in steps():
        if step.file:
            (folder / step.file).write_text(step.text, "utf-8")
    yield folder


@pytest.mark.slow
@pytest.mark.parametrize("mistake", SABOTAGES, ids=lambda mistake: mistake.name)
def test_the_kit_finds_it(mistake: Sabotage, finished: Path, tmp_path: Path) -> None:
    mistake.apply(finished)
    done = run(["python", "-m", "pytest", "-q"], finished, tmp_path / "data")
    failed = set(re.findall(r"^FAILED (\w+)", done.stdout, re.MULTILINE))
    assert failed == mistake.found_by, done.stdout
    assert "[ ]" not in done.stdout


def test_there_are_enough_of_them_and_each_is_another() -> None:
    assert len(SABOTAGES) >= 10
    assert len({mistake.name for mistake in SABOTAGES}) == len(SABOTAGES)
    assert all(mistake.found_by for mistake in SABOTAGES)
