"""The switches of both 用友 sandboxes: credentials that they accept, and what the vendor note leaves unknown (README)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, Self


@dataclass(kw_only=True)
class Switches:
    """What both products share."""

    closed_periods: str = ""
    calls_per_minute: int = 0
    text_length: int = 255
    forbidden_characters: str = ""
    denied: str = ""
    token_lifetime_s: int = 7200

    @classmethod
    def of(cls, given: Mapping[str, object] | None) -> Self:
        """Switches with `given` laid over the defaults; ValueError names an unknown one or a value of the wrong type."""
        kinds = {field.name: type(field.default) for field in fields(cls)}
        for name, value in (given or {}).items():
            if name not in kinds:
                raise ValueError(f"no setting {name!r}; known: {', '.join(sorted(kinds))}")
            if type(value) is not kinds[name]:
                raise ValueError(f"setting {name} takes {kinds[name].__name__}, got {value!r}")
        return cls(**(given or {}))  # type: ignore[arg-type]  # the types were just compared with the defaults'

    def is_closed(self, day: str) -> bool:
        """Is the accounting period of a date text (2025-01-31…) closed?"""
        return day[:7] in comma_list(self.closed_periods)


@dataclass(kw_only=True)
class BipSettings(Switches):
    """YonBIP / YonSuite; the README says what each switch stands for."""

    tenant_id: str = "t0ten"
    app_key: str = "k0001"
    app_secret: str = "s3cretS3cret-0001"
    suite_key: str = "sk01"
    suite_secret: str = "suite-Secret-9"
    encoding_aes_key: str = ""
    org_code: str = "ORG01"
    finance: Literal["efi", "fi"] = "efi"
    finance_missing: Literal["310404", "310037", "empty"] = "310404"
    old_token_survives: bool = True
    bad_signature_code: str = "50000"
    timestamp_window_s: int = 0
    free_quota: bool = False
    allowed_ips: str = ""
    unauthorised: str = ""
    app_enabled: bool = True
    user_bound: bool = True
    unique_merchant_names: bool = False
    efi_balances: bool = True
    resubmit_late_code: str = "100004"
    event_style: Literal["current", "old"] = "current"
    event_timeout_s: int = 5
    event_attempts: int = 3
    event_wait_s: int = 0


@dataclass(kw_only=True)
class U8Settings(Switches):
    """U8 OpenAPI; only the codes 0 and 20002 are known, so every other one is a switch."""

    app_key: str = "opa0123456789abcdef"
    app_secret: str = "5f0e6a1c2b3d4e5f8a9b0c1d2e3f4a5b"
    from_account: str = "hub_caller"
    to_account: str = "test_company"
    ds_sequence: str = "1"
    expires_in_as: Literal["seconds", "milliseconds"] = "seconds"
    pending_polls: int = 1
    ping_after: str = "1"
    client_online: bool = True
    subscribed: bool = True
    error_token: str = "20003"
    error_app: str = "20004"
    error_offline: str = "30001"
    error_business: str = "40001"
    error_arguments: str = "20001"
    error_limit: str = "50001"
    replay_answer: Literal["first_result", "duplicate"] = "first_result"
    empty_ids: bool = False
    calls_per_day: int = 0
    rows_cap: int = 8000


def comma_list(text: str) -> list[str]:
    """Entries of a comma list without blanks."""
    return [part.strip() for part in text.split(",") if part.strip()]
