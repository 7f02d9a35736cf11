"""The signature vectors of kingdee.md 2.1 and 2.2, and what a config refuses."""

import pytest
from pydantic import ValidationError

from connectors.kingdee.config import KingdeeConfig
from connectors.kingdee.signing import Signer, client_secret

APP_ID = "100001_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
SIGNER = Signer("60a0000000000a", "demo", APP_ID, "0123456789abcdef0123456789abcdef")
BASE = "http://127.0.0.1:18091/K3Cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService."
FROZEN = 1700000000


def test_login_sign() -> None:
    assert SIGNER.login_sign(FROZEN) == "e23d9e06b0ee9a1eba7b76f47ca06ac2f0aa4839554d97d7e6ebfd7e23d98190"


def test_client_secret() -> None:
    assert client_secret(APP_ID) == "cXJ2cCN1fn8qfHl/eX14aDNiajc0YTNr"
    assert client_secret("100001") == ""
    assert client_secret("100001_short") == ""


@pytest.mark.parametrize(
    ("service", "signature"),
    [
        ("Save", "NTBlYTJhY2ExOWZhOTc2MmY1NTlkZmZlZDU3NTQ5NGRiMGVjN2U1NjNlNmNkNWZiMjI3NzQ5ZWVmZTg2ZDBkNA=="),
        (
            "ExecuteBillQuery",
            "NTNlMDNhODE3YmNjYjZlOTQ0N2QxYjFjZGM0YmZjMGJhZWJlMWRiMGE0NDVlZGUzOTNjMDgzYmM2OTYxY2QzMg==",
        ),
        ("BatchSave", "MjQwNWZiY2MzZWMzNDE1MzE1NGFjYTA3ZDdmNmEzNjg4NjFjMzc2ZDQxNTMyMmI3ODQ5MGYwZGY3YjJkNTU2Ng=="),
        (
            "QueryAsyncResult",
            "Mzg3MGYxYzJiMmVkZTcyNTc5ZDU2Zjg4NGQ4MmI2OTFmOWI4ZDQxYTUxOTc4MTkzMGUyMzE5ZjQzMDk1NTZmMg==",
        ),
    ],
)
def test_request_signature(service: str, signature: str) -> None:
    headers = SIGNER.headers(f"{BASE}{service}.common.kdsvc", FROZEN)
    assert headers["X-Api-Signature"] == signature
    assert headers["X-Api-ClientID"] == "100001"
    assert headers["x-api-timestamp"] == headers["x-api-nonce"] == "1700000000"


def test_app_signature() -> None:
    headers = SIGNER.headers(f"{BASE}Save.common.kdsvc", FROZEN)
    assert headers["X-Kd-Appdata"] == "NjBhMDAwMDAwMDAwMGEsZGVtbywyMDUyLDA="
    expected = "MDMzOTNjZTkyOWM1YTJiZWU2YjBlMDI1ZTcwNjExMzNiZmEwYmNkMGNlYjJkYjZlNjgyNzAxN2RiY2VkM2EzYg=="
    assert headers["X-Kd-Signature"] == expected


def test_signer_never_prints_its_secret() -> None:
    assert "0123456789abcdef" not in repr(SIGNER)
    assert "QUJDREVG" not in repr(SIGNER)


def settings(**changes: object) -> dict[str, object]:
    plain = {"server_url": "http://erp/K3Cloud", "acct_id": "a", "username": "u", "app_id": APP_ID, "app_secret": "s"}
    return {**plain, **changes}


def test_config_completes_the_address_and_hides_secrets() -> None:
    config = KingdeeConfig.model_validate(settings(app_secret="top-secret"))
    assert config.server_url == "http://erp/K3Cloud/"
    assert "top-secret" not in repr(config)
    assert "top-secret" not in config.model_dump_json()


@pytest.mark.parametrize(
    ("changes", "culprit"),
    [
        ({"server_url": "erp.example.com/K3Cloud/"}, "产品地址"),
        ({"app_id": "100001"}, "app_id"),
        ({"app_secret": ""}, "app_secret"),
        ({"auth": "validate_user"}, "password"),
        ({"auth": "oauth"}, "auth"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_config_refuses(changes: dict[str, object], culprit: str) -> None:
    with pytest.raises(ValidationError, match=culprit):
        KingdeeConfig.model_validate(settings(**changes))
