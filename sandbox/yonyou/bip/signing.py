"""Signature of token requests and the cryptography of events (yonyou.md 1.2 and 3). Pure: text and bytes in and out."""

import base64
import hashlib
import hmac
import struct
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
HEAD = 20  # 16 random bytes and a big-endian length


def sign_query(params: Mapping[str, str], secret: str) -> str:
    """Base64 HMAC-SHA256 of name+value of every parameter but `signature`, sorted by name."""
    text = "".join(f"{name}{params[name]}" for name in sorted(params) if name != "signature")
    return _hmac(secret, text)


def sign_event(secret: str, timestamp: object, nonce: str, encrypt: str) -> str:
    """The current `signature` of an event envelope."""
    return _hmac(secret, "".join(sorted([str(timestamp), nonce, encrypt])))


def sign_event_old(secret: str, timestamp: object, nonce: str, encrypt: str) -> str:
    """The `msgSignature` of 2020: hex SHA-1 with the secret among the sorted texts."""
    return hashlib.sha1("".join(sorted([secret, str(timestamp), nonce, encrypt])).encode()).hexdigest()


def event_key(secret: str) -> bytes:
    """32 AES key bytes from an app secret (or an EncodingAESKey): hyphens out, cut or padded with 0 to 43 characters."""
    return base64.b64decode(secret.replace("-", "")[:43].ljust(43, "0") + "=")


def encrypt_event(secret: str, message: bytes, app_key: str, *, random16: bytes) -> str:
    """Base64 ciphertext of one event; `random16` are its 16 leading bytes."""
    key = event_key(secret)
    plain = random16 + struct.pack(">I", len(message)) + message + app_key.encode()
    pad = BLOCK - len(plain) % BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()


def decrypt_event(secret: str, encrypt: str) -> tuple[bytes, str]:
    """(message, app key behind it); ValueError when it is no ciphertext of this secret."""
    key = event_key(secret)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = decryptor.update(base64.b64decode(encrypt, validate=True)) + decryptor.finalize()
    if len(plain) < HEAD or not 1 <= plain[-1] <= BLOCK:
        raise ValueError("not padded as an event is")
    plain = plain[: -plain[-1]]
    end = HEAD + struct.unpack(">I", plain[16:HEAD])[0]
    if end > len(plain):
        raise ValueError("the length stands beyond the end")
    return plain[HEAD:end], plain[end:].decode()


def _hmac(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()
