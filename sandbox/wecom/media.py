"""Temporary media: upload by app or robot, read back by id (wecom.md sections 4.5 and 4.7)."""

import re
import secrets
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP

from sandbox.wecom.corp import Call, Corp
from sandbox.wecom.errors import ApiError, JsonObject
from sandbox.wecom.robot import check_robot
from sandbox.wecom.sending import find_media

MEGABYTE = 1024 * 1024
KEPT_S = 3 * 86400
APP_LIMITS = {"image": 10 * MEGABYTE, "voice": 2 * MEGABYTE, "video": 10 * MEGABYTE, "file": 20 * MEGABYTE}
ROBOT_LIMITS = {"voice": 2 * MEGABYTE, "file": 20 * MEGABYTE}
IMAGE_STARTS = (b"\xff\xd8", b"\x89PNG")


@dataclass(frozen=True)
class Upload:
    """One file of a multipart body."""

    filename: str
    data: bytes


def upload(corp: Corp, call: Call) -> JsonObject:
    """POST media/upload: shared by the apps of the corp for three days."""
    return _keep(corp, call, limits=APP_LIMITS, robot=None)


def webhook_upload(corp: Corp, call: Call) -> JsonObject:
    """POST webhook/upload_media: usable by the same robot only."""
    return _keep(corp, call, limits=ROBOT_LIMITS, robot=check_robot(corp, call))


def read(corp: Corp, call: Call) -> JsonObject:
    """GET media/get: the file itself (the gateway answers `_file`), JSON only on error."""
    media = find_media(corp, call.argument("media_id", 40007))
    return {"_file": media["data"], "_filename": media["filename"]}


def parse_multipart(content_type: str, raw: bytes) -> dict[str, Upload]:
    """Files of a multipart/form-data body by field name; anything else gives none."""
    if not content_type.lower().startswith("multipart/form-data"):
        return {}
    head = b"Content-Type: " + content_type.encode() + b"\r\n\r\n"
    found: dict[str, Upload] = {}
    for part in BytesParser(policy=HTTP).parsebytes(head + raw).iter_parts():
        payload = part.get_payload(decode=True)
        disposition = str(part.get("Content-Disposition", ""))
        name = re.search(r'[; ]name="?([^";]*)', disposition)
        if name and isinstance(payload, bytes):
            found[name.group(1)] = Upload(part.get_filename() or "", payload)
    return found


def _keep(corp: Corp, call: Call, *, limits: dict[str, int], robot: str | None) -> JsonObject:
    kind = call.query.get("type", "")
    if kind not in limits:
        raise ApiError(40004, "invalid media type")
    files = parse_multipart(call.content_type, call.raw)
    if "media" not in files or not files["media"].filename:
        raise ApiError(41005, "media data missing")
    _check_file(files["media"].data, kind, limits[kind])
    media_id, row = secrets.token_urlsafe(48), {"data": files["media"].data, "filename": files["media"].filename}
    corp.memory.media[media_id] = {**row, "type": kind, "robot": robot, "expires": call.now + KEPT_S}
    corp.journal.append("upload", "media", id=media_id, data={"type": kind, "filename": files["media"].filename})
    return {"type": kind, "media_id": media_id, "created_at": str(int(call.now))}


def _check_file(data: bytes, kind: str, limit: int) -> None:
    if len(data) <= 5:
        raise ApiError(40006, "invalid media size")
    if len(data) > limit:
        raise ApiError(45001, "media size out of limit")
    if kind == "image" and not data.startswith(IMAGE_STARTS):
        raise ApiError(40005, "invalid file type")
