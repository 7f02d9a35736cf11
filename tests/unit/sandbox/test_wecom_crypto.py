"""Vectors of wecom.md section 9 against the sandbox's callback crypto."""

import hashlib

import pytest

from sandbox.wecom.crypto import CryptoError, decode_key, decrypt_message, encrypt_message, sign, verify

A_TOKEN, A_KEY, A_CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"
A_ENCRYPT = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
    "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gs"
    "ijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUa"
    "x5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIG"
    "HBZZIs2pDBS8R07+qN+E7Q=="
)
B_KEY = "cD0d7jx4tYvVtzqrmh3Dm3QFCXe6f8SlHoMtMh3qQEP"
B_ENCRYPT = (
    "EUCt7xMcNiyASzZj0Hjc5yDjFQrCum6AfQ3ntHiUzjGQ51xieKmbvtrZ40/EcB2W/W8yH0n4Lqx48gJl/T9HD/R309I0P/r5pIZucK3lyEn48FYM"
    "r4YdE0QdL2jIJ3xkcXUr6uzefzCxG6lMvwpAJaOyVCzN7sRRw47njfxy5EIqU6R9ZBhlTzfdnhhOhK/nTwzrZX3SoGlXFA9OBeZ6ru1NWpXFk76x"
    "9DUMe0lcxPPiUqK8ctnQcYXSGUHVqC6DfG7E7mab0OmruNN8cBZY5d3dYOBA4OgaH55Q0AJmUpdT8vNiXpXx+6TxT3TIjySXpDrHVyrsb772aYyw"
    "gg/Nu4kUmGkALwFZlzhjNegR7wDwb9lr4ERXsSSS8JZ8lbBmaQ3F2Tq584xoPj5rIhXAF734ynm4no1g+SdHiNqR328="
)
C_TOKEN, C_KEY, C_CORP = "HubSandboxToken2026", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "ww1234567890abcdef"
V2_PLAIN = (
    "<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName>"
    "<CreateTime>1700000002</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好 hello]]></Content>"
    "<MsgId>7300000000000000001</MsgId><AgentID>1000002</AgentID></xml>"
)
V2_ENCRYPT = (
    "4j/AuRx71kQlxVlzbpsMWPlSL7nZaYU67ijvxr+RDOSO/zNweaaikj/i6I8BkUM1ZM+20eb1/BABgxmQM3rjyDhpIeUlb+Aj7OEddG5dz9O95COy"
    "PlX95uQZhvD7460UCCJZ8F9RKDTUSKZr8h6ePQZuIIS3NLQ58pZgXPDrNsqwLcDVvp5x0DEs2YzESL5Gx0G4cEAisg64JubJmvjZrPNfh4nf2NaO"
    "U7qldoyOyETYXYUTN32G7kJw3Tqfu+V3oP9inOwKBaeItvPgbmJpkAle61g9UwBaQoXjv2bzHQwvM3f7KxEEnA+2iMuoWhoMLqr792tLzwlLc1Cg"
    "8EDmn2SEeCC2jfnq1uQ+RScRCeoSkoA93zqLq6xcuAubfUqLHiN5htLB6ZHlV6jLHsyraTioydwxEJyU2eHPf8o2BnfZdkEvsra+BGtlUrrA6wHL"
    "8CxpLd0pkT0WfZCFK9xDHA=="
)
SET_C = [
    (
        ("1700000001", "1372623149", b"aaaabbbbccccdddd", "5927782489442352469", C_CORP),
        "zA553CsRfnIW+AYEJR5zhdPYCPf32mnBRcxMVQj8U6y6T1cq8LxqLVy9L7XlrVxivcB3Hh0NVHKUrVIUKCmY0A==",
        "02c3252c007fd3c9c872c44ac1b293e17ea33e66",
    ),
    (
        ("1700000002", "nonce2", b"0123456789abcdef", V2_PLAIN, C_CORP),
        V2_ENCRYPT,
        "8b3f0bb9b96b6834dd31bf45a39a24dd4369eed9",
    ),
    (
        ("1700000004", "n4", b"qrstuvwxyzABCDEF", "x" * 26, C_CORP),
        "oNtdznrkw5ABUqR9D0SKD5zU1vtZ3u92Grg3tAIFlFZpjx563QgfG9MiK/IuDPc7jW521oTnCYrJO/0jBFczstcF74i+z2mL5gQOmMUj0nPUsluR"
        "O4TXtTueg0F9Akvs",
        "cd5c0c851175390b404fc0d2235f59e35c820a98",
    ),
    (
        ("1700000005", "n5", b"qrstuvwxyzABCDEF", "y" * 25, C_CORP),
        "oNtdznrkw5ABUqR9D0SKD6+DZ6/SDUROHU97SEJm0hufJE1jQJdOfD5VcvfzSJVvAnbdT6brGE950abqHUKCog==",
        "755328ec96c54d71df9655e7ece1310428e7165d",
    ),
    (
        ("1700000006", "n6", b"1111222233334444", "success", ""),
        "eadBnv3a8kqFEfpNRxvKioLN65Ioy1l1u8wM+GMdq0U=",
        "e943680dbc1201f8b8352cacac66088923d14df9",
    ),
]


def test_set_a_of_the_vendor() -> None:
    assert sign(A_TOKEN, "1409659813", "1372623149", A_ENCRYPT) == "477715d11cdb4164915debcba66cb864d751f3e6"
    plain = decrypt_message(A_KEY, A_ENCRYPT, A_CORP)
    assert len(plain) == 284
    digest = "62f23e2db9188b2883215b599af3d8ffcaa3fae68770c8f84529cfc560683f32"
    assert hashlib.sha256(plain).hexdigest() == digest


def test_set_b_url_check() -> None:
    echo = "6KmUQuPVu7UhjyVqRdbo5SfcRqaHvbUlKSHFvBV2ZuR6TIlKsygcfeSd1GDplg1C5KSKr6UPHCaC/nIX3ZNt9w=="
    signature = "1ba3cb09c0d2c2b3ed6900d37f91a6efae6cb011"
    verify(
        "kjr2TKI8umCBfVF3wAHk8JiPwma5VBme", signature, timestamp="1583940690", nonce="VHh7ymSeb0jc4lSb", encrypt=echo
    )
    key = "4Ma3YBrSBbX2aez8MJpXGBne5LSDwgGqHbhM9WPYIws"
    assert decrypt_message(key, echo, "ww6a112864f8022910") == b"94966531020182955848408"


def test_set_b_message() -> None:
    signature = "f265ae551b1932727204c3d707628d01376a6940"
    verify("kz7Yx62CH8SaLN", signature, timestamp="1583995625", nonce="1584392382", encrypt=B_ENCRYPT)
    plain = decrypt_message(B_KEY, B_ENCRYPT).decode()
    assert "x123" in plain and "foobar" in plain and "2018405441" in plain and "1000002" in plain


@pytest.mark.parametrize(("given", "encrypt", "signature"), SET_C)
def test_set_c_encrypts_and_signs_alike(given: tuple[str, str, bytes, str, str], encrypt: str, signature: str) -> None:
    timestamp, nonce, random16, plain, receive_id = given
    assert encrypt_message(C_KEY, plain.encode(), receive_id, random16=random16) == encrypt
    assert sign(C_TOKEN, timestamp, nonce, encrypt) == signature
    assert decrypt_message(C_KEY, encrypt, receive_id).decode() == plain


def test_signature_sorts_as_strings() -> None:
    assert sign("T", "2", "10", "Z") == "2feedb11dbe5e355c876d41aab19ea05cb538f9f"


def test_spare_bits_of_the_key_are_ignored() -> None:
    assert decode_key(A_KEY) == decode_key(A_KEY[:-1] + "A")


@pytest.mark.parametrize("length", range(40))
def test_every_padding_length_round_trips(length: int) -> None:
    encrypt = encrypt_message(C_KEY, b"z" * length, C_CORP, random16=b"0" * 16)
    assert decrypt_message(C_KEY, encrypt, C_CORP) == b"z" * length


@pytest.mark.parametrize(
    ("key", "encrypt", "receive_id", "code"),
    [
        (C_KEY, SET_C[0][1], "wwother", -40005),
        (C_KEY[:-1], SET_C[0][1], C_CORP, -40004),
        (C_KEY, "not base64!", C_CORP, -40010),
        (C_KEY, "AAAA", C_CORP, -40007),
        (C_KEY, "", C_CORP, -40007),
    ],
)
def test_what_cannot_be_trusted_has_the_vendors_code(key: str, encrypt: str, receive_id: str, code: int) -> None:
    with pytest.raises(CryptoError) as caught:
        decrypt_message(key, encrypt, receive_id)
    assert caught.value.code == code


def test_a_tampered_signature_is_refused() -> None:
    with pytest.raises(CryptoError) as caught:
        verify(C_TOKEN, "0" * 40, timestamp="1", nonce="2", encrypt="x")
    assert caught.value.code == -40001
