"""Callback encryption and signature of 企业微信 (wecom.md section 8.2): the envelope of the core under its old name."""

from sandbox.core.envelope import CryptoError, decode_key, decrypt_message, encrypt_message, sign, verify

__all__ = ["CryptoError", "decode_key", "decrypt_message", "encrypt_message", "sign", "verify"]
