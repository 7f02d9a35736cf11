"""Errors as JSON: one shape, the right status, Chinese and English, never a secret."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from hub import errors

log = logging.getLogger(__name__)

#: First match counts, so the narrow ones come first.
STATUSES: tuple[tuple[type[errors.HubError], int], ...] = (
    (errors.NotFound, 404),
    (errors.NotSignedIn, 401),
    (errors.NotAllowed, 403),
    (errors.TooManyTries, 429),
    (errors.BadInput, 422),
    (errors.ConfigInvalid, 422),
    (errors.MappingInvalid, 422),
    (errors.SetupError, 409),
    (errors.TryLater, 503),
    (errors.OutcomeUnknown, 502),
    (errors.RecordGone, 410),
    (errors.RecordRejected, 422),
)
_NOTHING: dict[str, object] = {"vendor": {}, "remedy": None}
_PLAIN: dict[int, tuple[str, str, str]] = {
    400: ("BadRequest", "请求无法解析", "The request cannot be read"),
    404: ("NotFound", "没有这个地址", "There is no such address"),
    405: ("MethodNotAllowed", "该地址不支持这种请求方法", "This address does not take that method"),
    413: ("TooLarge", "请求体过大，请拆分后再提交", "The request body is too large; send it in parts"),
}


class Refusal(BaseModel):
    """Every answer with a status of 400 and more."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": "BadInput",
                    "zh": "limit 为 900，应在 1 到 200 之间；更多的行请用返回的 next 翻页",
                    "en": "limit is 900; give 1 to 200 and page on with the returned next",
                    "field": "limit",
                    "value": "900",
                    "vendor": {},
                    "request_id": "6f1d2c3b4a596877",
                }
            ]
        }
    )

    error: str = Field(title="类别 / Kind of error")
    zh: str = Field(title="中文说明 / Message in Chinese")
    en: str = Field(title="英文说明 / Message in English")
    field: str = Field("", title="出错的字段 / Field at fault")
    value: str = Field("", title="出错的值 / Value at fault")
    vendor: dict[str, str] = Field(default_factory=dict, title="厂商原话 / What the vendor said")
    remedy: dict[str, Any] | None = Field(None, title="由谁处理，怎么处理 / Whose job it is, and what to press")
    request_id: str = Field("", title="请求编号 / Request id")


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal} for status in (401, 403, 404, 409, 413, 422, 429, 503)
}


def status_of(error: errors.HubError) -> int:
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(errors.HubError, _hub_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, _bug)


async def _hub_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.HubError)
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, errors.NotSignedIn) else {}
    if isinstance(error, errors.TryLater | errors.TooManyTries):
        headers["Retry-After"] = str(max(1, round(error.after)))
    return _answer(request, status_of(error), error.as_json(), headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place, *path = first["loc"]
    name = ".".join(map(str, path)) or str(place)
    # What came in a body may be a password: only what stood in the address is repeated.
    value = str(first.get("input", ""))[:80] if place in {"query", "path"} else ""
    shown = f" = {value}" if value else ""
    zh, en = f"{name}{shown} 有误：{first['msg']}", f"{name}{shown} is not valid: {first['msg']}"
    return _answer(request, 422, errors.BadInput(zh, en, field=name, value=value).as_json(), {})


async def _plain(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    name, zh, en = _PLAIN.get(error.status_code, ("Refused", str(error.detail), str(error.detail)))
    body: dict[str, object] = {"error": name, "zh": zh, "en": en, "field": "", "value": "", **_NOTHING}
    return _answer(request, error.status_code, body, dict(error.headers or {}))


async def _bug(request: Request, error: Exception) -> JSONResponse:
    log.error("request %s failed", _request_id(request), exc_info=error)
    zh = "服务器内部错误，请把请求编号告诉管理员"
    en = "The server failed; give the request id to your admin"
    body: dict[str, object] = {"error": "InternalError", "zh": zh, "en": en, "field": "", "value": "", **_NOTHING}
    return _answer(request, 500, body, {})


def _answer(request: Request, status: int, body: dict[str, object], headers: dict[str, str]) -> JSONResponse:
    return JSONResponse(body | {"request_id": _request_id(request)}, status, headers)


def _request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))
