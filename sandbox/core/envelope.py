"""The callback envelope that 企业微信 and 钉钉 share (wecom.md 8.2, dingtalk.md 5.1): AES, PKCS#7 to 32, sha1. Pure."""

import base64
import binascii
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # PKCS#7 to 32 bytes, although AES blocks are 16: a pad may be 17 to 32 long
HEAD = 20  # 16 random bytes and a big-endian length


class CryptoError(ValueError):
    """A delivery that cannot be trusted; `code` is the vendor library's return code (-40001, -40005, ...)."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code


def decode_key(encoding_aes_key: str) -> bytes:
    """32 key bytes of a 43-character EncodingAESKey.

    The last character carries two spare bits that may be set, so the key is never checked by encoding it again.
    """
    try:
        key = base64.b64decode(encoding_aes_key + "=")
    except (binascii.Error, ValueError):
        key = b""
    if len(encoding_aes_key) != 43 or len(key) != 32:
        raise CryptoError(-40004, "illegal AES key: need 43 letters or digits")
    return key


def sign(token: str, timestamp: str, nonce: str, encrypt: str) -> str:
    """msg_signature: lower-case hex sha1 of the four strings, sorted as strings and joined."""
    return hashlib.sha1("".join(sorted([token, timestamp, nonce, encrypt])).encode()).hexdigest()


def encrypt_message(encoding_aes_key: str, message: bytes, receive_id: str, *, random16: bytes) -> str:
    """Base64 ciphertext of one message; `random16` are the 16 leading bytes."""
    key = decode_key(encoding_aes_key)
    plain = random16 + struct.pack(">I", len(message)) + message + receive_id.encode()
    pad = BLOCK - len(plain) % BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()


def decrypt_message(
    encoding_aes_key: str, encrypt: str, receive_id: str | None = None, *, wrapped: bool = False
) -> bytes:
    """The message inside `encrypt`; with `receive_id` given, another receiver raises CryptoError -40005.

    `wrapped` allows line breaks in the Base64, which some servers' replies have.
    """
    key = decode_key(encoding_aes_key)
    plain = _unpad(_decrypt(key, _decode("".join(encrypt.split()) if wrapped else encrypt)))
    length = struct.unpack(">I", plain[16:HEAD])[0] if len(plain) >= HEAD else -1
    if length < 0 or HEAD + length > len(plain):
        raise CryptoError(-40008, "illegal buffer")
    if receive_id is not None and plain[HEAD + length :] != receive_id.encode():
        raise CryptoError(-40005, "receiveid does not match")
    return plain[HEAD : HEAD + length]


def verify(token: str, signature: str, *, timestamp: str, nonce: str, encrypt: str) -> None:
    """Raise CryptoError -40001 unless `signature` signs the delivery."""
    if not hmac.compare_digest(sign(token, timestamp, nonce, encrypt).encode(), signature.encode()):
        raise CryptoError(-40001, "signature does not match")


def _decode(encrypt: str) -> bytes:
    try:
        return base64.b64decode(encrypt, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CryptoError(-40010, "base64 decode") from error


def _decrypt(key: bytes, data: bytes) -> bytes:
    if not data or len(data) % 16:
        raise CryptoError(-40007, "ciphertext is not whole blocks")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _unpad(plain: bytes) -> bytes:
    pad = plain[-1]
    if not 1 <= pad <= BLOCK:
        raise CryptoError(-40008, "illegal padding")
    return plain[:-pad]
