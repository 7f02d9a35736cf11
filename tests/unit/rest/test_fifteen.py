"""The fifteen settings that platforms of forms are known to vary in: each has its keys in the vocabulary and a test that proves it."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from connectors.rest.spec.system import System

ROOT = Path(__file__).parents[3]
TABLE = """
1 | address and paths | System.base_url Request.path Request.method
    tests/unit/rest/test_answers.py::test_a_path_with_a_colon_stays_at_the_address
2 | who calls | KeyAuth.headers BearerAuth.token BasicAuth.user SignedAuth.parts OAuth2Auth.grant LoginAuth.request
    tests/unit/rest/test_auth.py::test_a_fixed_proof_is_right_and_a_wrong_secret_needs_an_admin
    tests/unit/rest/test_auth.py::test_a_session_is_opened_once_shared_and_renewed
3 | where ids of apps and forms go | Entity.object System.settings Request.body Request.path
    tests/unit/rest/test_page.py::test_the_connection_reads_writes_and_finds
    tests/contract/test_jiandaoyun.py::test_a_wrong_app_or_form_needs_an_admin
4 | how values are packed | Shape.read Shape.write Entity.fields
    tests/unit/rest/test_answers.py::test_values_are_unpacked_and_packed
    tests/unit/rest/test_manifest.py::test_names_are_put_in_and_nothing_else
5 | aliases or opaque field ids | Entity.id Entity.key Entity.number
    tests/unit/rest/test_page.py::test_the_mapping_and_its_sample_agree
6 | paging | Numbered.kind Cursor.at KeySet.columns NextLink.at
    tests/unit/rest/test_paging.py::test_every_row_comes_once
    tests/unit/rest/test_paging.py::test_rows_that_move_between_pages
7 | what changed since | ListCall.changed Entity.modified
    tests/unit/rest/test_page.py::test_the_connection_reads_writes_and_finds
    tests/unit/rest/test_batches.py::test_changes_need_the_rows_own_time
8 | batches | WriteCall.batch WriteCall.ids WriteCall.each ReadCall.batch
    tests/unit/rest/test_batches.py::test_each_record_of_a_batch_is_judged_alone
    tests/contract/test_rest_batches.py::test_one_bad_row_of_many_says_which_and_why
    tests/unit/rest/test_calls.py::test_several_ids_go_into_one_call
9 | what success looks like | Errors.ok Rule.status Rule.code WriteCall.confirm
    tests/unit/rest/test_answers.py::test_what_a_reply_means
10 | pushes | SignatureProof.parts SignatureProof.given Webhook.event Webhook.id
    tests/unit/rest/test_answers.py::test_a_signed_push_is_a_hint
    tests/unit/rest/test_page.py::test_the_push_is_proved
11 | rates | System.limits Rule.means Rule.after
    tests/contract/test_jiandaoyun.py::test_throttling_is_a_code_and_not_a_status
12 | times and zone | Times.format System.zone
    tests/unit/rest/test_calls.py::test_times_in_every_form
13 | money | WriteCall.request
    tests/unit/rest/test_answers.py::test_numbers_come_without_a_float_on_the_way
14 | sub-tables | Entity.lines Shape.read
    tests/contract/test_jiandaoyun.py::test_sub_forms_and_members_are_packed_as_the_vendor_wants
    tests/unit/rest/test_answers.py::test_values_are_unpacked_and_packed
15 | members | WriteCall.request
    tests/contract/test_jiandaoyun.py::test_sub_forms_and_members_are_packed_as_the_vendor_wants
    tests/contract/test_jiandaoyun.py::test_a_member_that_is_not_there_is_named
"""
"""Number, what varies, the keys of the manifest (model.field of the vocabulary); under it the tests that prove it."""


def _rows() -> list[tuple[int, str, list[str], list[str]]]:
    found: list[tuple[int, str, list[str], list[str]]] = []
    for line in TABLE.strip().splitlines():
        if line.startswith(" "):
            found[-1][3].append(line.strip())
        else:
            number, what, keys = line.split(" | ")
            found.append((int(number), what, keys.split(), []))
    return found


FIFTEEN = _rows()


@cache
def vocabulary() -> dict[str, Any]:
    return dict(System.model_json_schema()["$defs"]) | {"System": System.model_json_schema()}


@pytest.mark.parametrize(("_number", "_what", "keys", "tests"), FIFTEEN, ids=[one[1] for one in FIFTEEN])
def test_each_setting_has_its_keys_and_a_test(_number: int, _what: str, keys: list[str], tests: list[str]) -> None:
    assert tests
    for key in keys:
        model, _, field = key.partition(".")
        assert field in vocabulary()[model]["properties"], key
    for test in tests:
        path, _, name = test.partition("::")
        assert re.search(rf"def {name}\(", (ROOT / path).read_text("utf-8")), test


def test_the_page_asks_the_same_fifteen() -> None:
    page = (ROOT / "docs/rest.md").read_text("utf-8")
    asked = [int(number) for number in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)]
    assert asked == [number for number, *_rest in FIFTEEN] == list(range(1, 16))
