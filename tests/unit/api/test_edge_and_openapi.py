"""What all answers share, and the document that describes them."""

from typing import Any

import jsonschema
import pytest

from hub import errors
from hub.api import edge
from hub.api.refusals import Refusal, status_of


@pytest.fixture(scope="module")
def document(api_app):
    return api_app.openapi()


def operations(document: Any) -> Any:
    return [(path, verb, op) for path, verbs in document["paths"].items() for verb, op in verbs.items()]


def test_the_document_is_served_and_no_page_loads_scripts_from_elsewhere(world):
    assert world.client.get("/api/openapi.json").json()["openapi"].startswith("3.")
    for path in ("/docs", "/redoc", "/api/docs"):
        assert world.client.get(path).status_code == 404


def test_every_operation_has_a_title_in_both_languages_and_its_own_id(document):
    ids = [op["operationId"] for _, _, op in operations(document)]
    assert len(set(ids)) == len(ids)
    for path, verb, op in operations(document):
        assert " / " in op["summary"], (verb, path)
        assert op["tags"], (verb, path)


def test_every_field_has_a_title_in_both_languages(document):
    for name, schema in document["components"]["schemas"].items():
        if name in {"HTTPValidationError", "ValidationError"}:
            continue
        for field, spec in schema.get("properties", {}).items():
            if "title" in spec and "$ref" not in spec:
                assert " / " in spec["title"] or " / " in spec.get("description", ""), (name, field)


def test_examples_are_there_and_meet_their_schemas(document):
    checked = 0
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", []):
            resolved = {**schema, "components": document["components"]}
            jsonschema.Draft202012Validator(resolved).validate(example)
            assert example, name
            checked += 1
    assert checked > 20


def test_every_body_and_answer_of_the_api_has_an_example(document):
    schemas = document["components"]["schemas"]
    for path, verb, op in operations(document):
        bodies = [op.get("requestBody"), *(op["responses"].get(code) for code in ("200", "201", "202"))]
        for body in filter(None, bodies):
            ref = body.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
            name = ref.rpartition("/")[2]
            if name and not name.startswith("PageOf"):
                assert schemas[name].get("examples"), (verb, path, name)


def test_every_answer_carries_an_id_and_the_security_headers(world):
    for path in ("/healthz", "/api/v1/me", "/nowhere"):
        headers = world.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'self'" in headers["content-security-policy"]
        assert len(headers["x-request-id"]) == 16
    assert world.client.get("/api/v1/me").headers["cache-control"] == "no-store"


def test_a_harmless_request_id_is_kept_and_any_other_replaced(world):
    def answered(given):
        return world.client.get("/nowhere", headers={"X-Request-ID": given}).json()["request_id"]

    assert answered("abc-1.2_3") == "abc-1.2_3"
    assert answered("a b") != "a b"
    assert answered("x" * 65) != "x" * 65


def test_errors_of_the_frame_have_the_same_shape(world):
    shape = set(Refusal.model_fields)
    ada = world.as_("ada")
    assert set(world.client.get("/nowhere").json()) == shape
    assert set(ada.send("PUT", "/runs").json()) == shape
    broken = world.client.post("/api/v1/login", content=b"{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 422
    assert set(broken.json()) == shape
    assert ada.get("/runs/seven").json()["value"] == "seven"


def test_a_refused_body_is_not_repeated(world):
    body = {"name": "ada", "password": ["hunter2 hunter2"]}
    answer = world.client.post("/api/v1/login", json=body)
    assert answer.status_code == 422
    assert "hunter2" not in answer.text


def test_a_body_over_the_limit_is_refused(world):
    body = b'"' + b"x" * edge.BODY_LIMIT + b'"'
    answer = world.client.post("/api/v1/login", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_a_bug_is_told_by_its_id_and_nothing_else(world, caplog):
    def broken():
        raise RuntimeError("password=hunter2")

    world.runtime.engine.db = None
    world.runtime.clients.get = lambda _id: broken()
    answer = world.as_("ada").send("POST", "/connections/erp/test")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert answer.json()["request_id"] in caplog.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.BadInput("", ""), 422),
        (errors.NotFound("", ""), 404),
        (errors.CredentialsRejected("", ""), 409),
        (errors.MappingInvalid("", ""), 422),
        (errors.RateLimited("", ""), 503),
        (errors.OutcomeUnknown("", ""), 502),
        (errors.ValidationFailed("", ""), 422),
        (errors.RecordGone("", ""), 410),
        (errors.HubError("", ""), 500),
    ],
)
def test_each_error_has_its_status(error, status):
    assert status_of(error) == status
