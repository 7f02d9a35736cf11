"""The note's vectors (yonyou.md 7.5): token signatures and the sealed event, byte by byte."""

import pytest

from sandbox.yonyou.bip.signing import (
    decrypt_event,
    encrypt_event,
    event_key,
    sign_event,
    sign_event_old,
    sign_query,
)

SECRET = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
PLAIN = (
    b'{"type":"CHECK_URL","eventId":"evt-0001","timestamp":1700000000000,"tenantId":"t0ten",'
    b'"staffId":[],"deptId":[],"userId":[],"content":"{}"}'
)
SEALED = (
    "dgGaGht91dSUvTeA7VgVpTPHebxC6+Qex8JNSnELR8gCJZHVUjRc/3j+mahzaLCSlhj4u47TZxNwg1iEBPdeiNeYrDdSPf6CYZlhc41WT2Pn0aMtYJp"
    "Ga7/R6+SMyeEq8Mm/DMz7E6hhKO8c2YxjzIpdUl1JYviQuCShBO0aj3ao9FwaGZf57qC8dToZo7LLe9eMEJDrTzt3TboB9tITqLccSOHX/331oqYWtq"
    "/7u/+2Iph+xpSrbWVnIHSpTuT5"
)


@pytest.mark.parametrize(
    ("params", "secret", "expected"),
    [
        (
            {"appKey": "k0001", "timestamp": "1700000000000"},
            "s3cretS3cret-0001",
            "DfGqoa8QsE+R0oUlP68C1ABehARV8F7w3NjuoJHHSDM=",
        ),
        (
            {"timestamp": "1700000000006", "appKey": "k0001"},
            "s3cretS3cret-0001",
            "k8LWF/h+CVnGettLSPLjx5PyIvL7WaIkYRnIdE4K1Gw=",
        ),
        (
            {"suiteKey": "sk01", "tenantId": "t0ten", "timestamp": "1700000000001", "signature": "not part of it"},
            "suite-Secret-9",
            "0RLFk04tlPmQBEvsqSqtxlpR5S0FLQejO2T5WLQdZ3U=",
        ),
    ],
)
def test_token_signatures(params: dict[str, str], secret: str, expected: str) -> None:
    assert sign_query(params, secret) == expected


def test_event_key_and_cipher_text() -> None:
    assert event_key(SECRET).hex() == "d1fd5ed9dddce1be5aebdefcf3bf7a6b96f87377767b57f4d34d34d34d34d34d"
    assert encrypt_event(SECRET, PLAIN, "k0001", random16=b"ABCDEFGHIJKLMNOP") == SEALED
    assert decrypt_event(SECRET, SEALED) == (PLAIN, "k0001")


def test_both_event_signatures() -> None:
    facts = (1700000000000, "n0nce0123456789a", SEALED)
    assert sign_event(SECRET, *facts) == "I7LrnGletPeq3dEHrIA5tJfjP5+YnC3YESlvMrzin2w="
    assert sign_event_old(SECRET, *facts) == "f615d9fe11504f2cb6102d3357d0e55ca6f5a0b0"


def test_another_secret_does_not_open_an_event() -> None:
    with pytest.raises(ValueError, match=r"padded|length|utf-8"):
        decrypt_event("s3cretS3cret-0001", SEALED)
