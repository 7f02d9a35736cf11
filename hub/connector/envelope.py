"""The encrypted callback envelope that several chat systems share: sorted SHA-1 signature, AES-256-CBC, receiver inside.

Pure: random bytes are an argument. A connector says which receiver id is its own (corp id, app key).
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from hub.errors import BadInput

_PADDING_BITS = 256  # padded to 32 bytes, not to the cipher's 16
_RANDOM = 16


@dataclass(frozen=True, slots=True)
class Box:
    """The three secrets of one callback URL. `receive_id` is who the vendor encrypts for."""

    token: str
    aes_key: str
    receive_id: str


def sign(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """Lower-case hex SHA-1 over the four texts, sorted as texts and joined."""
    joined = "".join(sorted((token, timestamp, nonce, encrypted)))
    return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()


def verified(box: Box, signature: str, *, timestamp: str, nonce: str, encrypted: str) -> bytes:
    """The plain message of a signed one. Raises BadInput when signature, padding or receiver do not fit."""
    expected = sign(box.token, timestamp, nonce, encrypted)
    if not box.token or not hmac.compare_digest(signature.encode(), expected.encode()):
        raise BadInput("回调签名不正确", "The callback's signature is wrong", field="msg_signature")
    return decrypt(box, encrypted)


def decrypt(box: Box, encrypted: str) -> bytes:
    try:
        decryptor = _cipher(box).decryptor()
        padded = decryptor.update(base64.b64decode(encrypted, validate=True)) + decryptor.finalize()
        unpadder = PKCS7(_PADDING_BITS).unpadder()
        plain = unpadder.update(padded) + unpadder.finalize()
    except (ValueError, binascii.Error) as error:
        raise BadInput(
            "回调内容无法解密，请检查 EncodingAESKey", "The callback cannot be decrypted: check the AES key"
        ) from error
    size = int.from_bytes(plain[_RANDOM : _RANDOM + 4], "big")
    message, receiver = plain[_RANDOM + 4 : _RANDOM + 4 + size], plain[_RANDOM + 4 + size :]
    if len(message) != size or not hmac.compare_digest(receiver, box.receive_id.encode()):
        raise BadInput("回调不是发给本企业的", "The callback is for another receiver", field="receive_id")
    return message


def encrypt(box: Box, message: bytes, random16: bytes) -> str:
    plain = random16 + len(message).to_bytes(4, "big") + message + box.receive_id.encode()
    padder = PKCS7(_PADDING_BITS).padder()
    encryptor = _cipher(box).encryptor()
    return base64.b64encode(encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()).decode()


def _cipher(box: Box) -> Cipher[modes.CBC]:
    # The last character of the key may carry two spare bits: a strict decoder would refuse valid keys.
    key = base64.b64decode(box.aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
