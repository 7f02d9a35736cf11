"""Encryption at rest: `SecretBox`, and where its key comes from."""

import base64
import hashlib
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.errors import BadInput, SetupError
from hub.settings import Settings

KEY_FILE = "secret.key"
SHORTEST_KEY = 32
_VERSION = "s1"
_NONCE_BYTES = 12


class SecretBox:
    """AES-256-GCM over text. `key` seals; `older` ones only open, so that a key can be replaced while old values last.

    Sealed text is `s1.<key id>.<base64>`.
    """

    def __init__(self, key: bytes, *older: bytes) -> None:
        self._id = _key_id(key)
        self._ciphers = {_key_id(one): AESGCM(one) for one in (*older, key)}

    def seal(self, text: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._ciphers[self._id].encrypt(nonce, text.encode(), self._label(self._id))
        return f"{_VERSION}.{self._id}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str) -> str:
        """Raises SetupError when it was sealed with a key that is not given, or was changed."""
        version, _, rest = sealed.partition(".")
        key_id, _, body = rest.partition(".")
        if version != _VERSION or key_id not in self._ciphers:
            raise _unreadable(key_id)
        try:
            raw = base64.urlsafe_b64decode(body)
            return self._ciphers[key_id].decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], self._label(key_id)).decode()
        except (InvalidTag, ValueError) as error:
            raise _unreadable(key_id) from error

    def is_current(self, sealed: str) -> bool:
        """Whether the newest key sealed it."""
        return sealed.startswith(f"{_VERSION}.{self._id}.")

    @staticmethod
    def _label(key_id: str) -> bytes:
        return f"{_VERSION}.{key_id}".encode()


def box_from_settings(settings: Settings) -> SecretBox:
    """The box of this installation; makes the key file in data_dir when no key is set. Raises BadInput, SetupError."""
    return SecretBox(*keys_from_text(key_text(settings)))


def existing_box(settings: Settings) -> SecretBox:
    """The same for who only looks: a missing key file is a SetupError instead of a new key."""
    in_data_dir = settings.secret_key is None and settings.secret_key_file is None
    text = read_key_file(settings.data_dir / KEY_FILE) if in_data_dir else key_text(settings)
    return SecretBox(*keys_from_text(text))


def key_text(settings: Settings) -> str:
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    if settings.secret_key_file is not None:
        return read_key_file(settings.secret_key_file)
    path = settings.data_dir / KEY_FILE
    try:
        return read_key_file(path) if path.exists() else _make_key_file(path)
    except OSError as error:
        raise SetupError(
            f"不能在 {settings.data_dir} 里生成密钥文件：{error.strerror}；请检查 HUB_DATA_DIR 及其权限和磁盘空间",
            f"cannot make the key file in {settings.data_dir}: {error.strerror}; check HUB_DATA_DIR, its rights and the "
            "disk space",
            field="HUB_DATA_DIR",
        ) from error


def keys_from_text(text: str) -> list[bytes]:
    """One 32-byte key per line that is not blank, newest first. Raises BadInput for a line too short to be a key."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or any(len(line) < SHORTEST_KEY for line in lines):
        raise BadInput(
            f"HUB_SECRET_KEY 每行至少 {SHORTEST_KEY} 个字符；可用 openssl rand -base64 32 生成",
            f"HUB_SECRET_KEY needs at least {SHORTEST_KEY} characters a line; make one with: openssl rand -base64 32",
            field="HUB_SECRET_KEY",
        )
    return [_derive(line) for line in lines]


def read_key_file(path: Path) -> str:
    """The file's text. Raises SetupError when it cannot be read or when others can read it."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text("utf-8")
    except OSError as error:
        raise SetupError(
            f"读不到密钥文件 {path}：{error.strerror}", f"cannot read the key file {path}: {error.strerror}"
        ) from error
    if mode & 0o077:
        raise SetupError(
            f"密钥文件 {path} 的权限是 {mode:04o}，其他用户也能读；请执行 chmod 600 {path}",
            f"the key file {path} has mode {mode:04o}, so others can read it; run: chmod 600 {path}",
            field="HUB_SECRET_KEY_FILE",
            value=str(path),
        )
    return text


def _make_key_file(path: Path) -> str:
    """Written aside and linked into place: of several first starts one wins, and nobody reads half a key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(base64.urlsafe_b64encode(os.urandom(32)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass  # somebody else's key is in place already: use theirs
    finally:
        draft.unlink()
    return read_key_file(path)


def _derive(line: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"open-integration-hub secret box").derive(line.encode())


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"id" + key).hexdigest()[:8]


def _unreadable(key_id: str) -> SetupError:
    return SetupError(
        f"密文无法解密（密钥编号 {key_id}）：HUB_SECRET_KEY 或密钥文件与加密时不同；"
        "把旧密钥加在新密钥下一行，或重新填写凭据",
        f"cannot decrypt (key {key_id}): HUB_SECRET_KEY or the key file differs from when it was encrypted; "
        "add the old key on a line below the new one, or enter the credentials again",
    )
