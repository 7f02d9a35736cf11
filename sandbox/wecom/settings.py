"""What can be set on the 企业微信 sandbox; a setting named after an unknown decides what the vendor leaves open."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.core.switches import SettingError, Switches, comma_list

__all__ = ["SettingError", "Settings", "comma_list", "make_settings"]


@dataclass
class Settings(Switches):
    """Defaults describe a self-built app made after 2022, callback configured, every address trusted."""

    corp_id: str = "ww1234567890abcdef"
    agent_id: int = 1000002
    secret: str = "sandbox-app-secret-0000000000000000000000000"
    other_agent_id: int = 1000003
    other_secret: str = "sandbox-other-secret-00000000000000000000000"
    contact_sync_secret: str = "sandbox-contact-sync-secret-000000000000000"
    callback_token: str = "HubSandboxToken2026"
    callback_aes_key: str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    robot_key: str = "693a91f6-7a0f-4bc4-97a0-0ec2f1fa5aaa"

    token_lifetime_s: int = 7200
    gettoken_rotates: bool = False  # unknown: the page no longer promises the same token inside the lifetime
    expired_token_code: int = 42001  # the vendor answers 42001 or 40014
    trusted_ips: str = ""  # comma list; empty = any address is trusted
    gettoken_checks_ip: bool = False  # unknown
    error_headers: bool = False  # unknown: Error-Code and Error-Msg beside the body
    wrong_secret_per_hour: int = 2000
    refuse_unicode_escapes: bool = False  # 40033 is listed, yet many clients are known to send escapes and live

    app_disabled: bool = False  # gettoken and every call answer 50003
    corp_closed: bool = False  # gettoken answers 301007
    foreign_secrets: str = ""  # comma list of secrets of other corps: 40091
    withdrawn_calls: str = ""  # comma list of calls whose right was taken back for inactivity: 48006
    corp_inactive: bool = False  # too little in use to read customers: 48011

    legacy_contact_fields: bool = False  # apps made before 2022-06-20 still see mobile, gender, e-mail, avatar
    contact_sync_reads_details: bool = False  # otherwise 48009 (new address since 2022-08-15)
    customer_contact_allowed: bool = True  # the app is listed under 客户联系
    approval_allowed: bool = True  # the app is listed under 审批
    callback_configured: bool = True  # otherwise cards that call back answer 43012

    visible_departments: str = "1"  # comma list of department ids in the app's scope
    visible_users: str = ""  # comma list of members in scope whatever their department

    per_member_minute: int = 30
    per_member_hour: int = 1000
    account_cap: int = 1000  # daily person-times are 200 times this
    robot_per_minute: int = 20
    api_per_minute: int = 10000
    api_per_hour: int = 150000
    mobile_miss_percent: int = 20
    mobile_miss_least: int = 10  # unknown: a corp of five is not locked by one miss

    text_over_limit: str = "truncate"  # unknown: truncate | reject (45002)
    markdown_over_limit: str = "reject"  # unknown for app messages: truncate | reject (40058)
    duplicate_answer: str = "new_msgid"  # unknown: new_msgid | first_msgid
    empty_recipients_code: int = 82001  # unknown: 82001 | 81012
    inactive_members: str = "invaliduser"  # unknown: invaliduser | silent (accepted, not delivered)

    approval_short_pages: bool = False  # pages of getapprovalinfo may be shorter than asked although more follow

    callback_retry_non_200: bool = False  # two pages of the vendor disagree
    callback_retry_wait_s: int = 0  # unknown spacing of the three attempts
    callback_timeout_s: int = 5
    callback_verify_timeout_s: int = 1


def make_settings(given: Mapping[str, object] | None) -> Settings:
    """Defaults with `given` laid over."""
    settings = Settings()
    settings.lay_over(given)
    return settings
