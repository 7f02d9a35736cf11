"""What can be set on the 钉钉 sandbox; a setting named after an unknown decides what the vendor leaves open."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.core.switches import Switches


@dataclass
class Settings(Switches):
    """Defaults describe one internal app of a standard edition, events over Stream, every address trusted."""

    corp_id: str = "dingsandboxcorp"
    app_key: str = "dingsandboxappkey001"
    app_secret: str = "sandbox-app-secret-000000000000000000000000000000000000000000000"
    agent_id: int = 2000000001
    callback_token: str = "hubSandboxTok01"
    callback_aes_key: str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    robot_token: str = "5a4d0b0c1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3"
    robot_secret: str = "SECsandbox0123456789"
    process_code: str = "PROC-SANDBOX-ORDER-0001"

    token_lifetime_s: int = 7200
    expired_token_code: int = 40014  # practitioners see 40014, rarely 42001
    trusted_ips: str = ""  # comma list; empty = any address is trusted
    missing_scopes: str = ""  # comma list of permission points that the app lacks
    field_mobile: bool = True  # the permission points for mobile and e-mail: without them the field is absent
    field_email: bool = True
    visible_departments: str = "1"  # comma list of departments in the app's scope
    visible_users: str = ""  # comma list of members in scope whatever their department

    qps: int = 20  # calls per second and API; 0 = no limit
    month_quota: int = 0  # calls per month, contacts and tokens exempt; the standard edition has 5000; 0 = off

    notice_takes_s: float = 0.0  # until the progress of a work notification is 2 (done)
    notices_per_day: int = 500  # per member; more are dropped in silence
    notices_per_minute: int = 5000  # per app; more are dropped in silence
    banned_words: str = ""  # comma list; a work notification with one reaches nobody
    inactive_members: str = "failed"  # unknown: failed | forbidden | silent

    robot_per_minute: int = 20
    robot_penalty_s: int = 600
    robot_throttle_code: int = 130101  # unknown which today: 130101 | 410100 | 660026
    robot_uuid_replay: str = "accept"  # unknown: accept (ok, nothing sent) | send (sent again)
    robot_to_user_per_minute: int = 0  # one-to-one messages per member; more come back as flow-controlled; 0 = off

    todo_on_duplicate: str = "error"  # a sourceId used before: error ("task exist") | first (answers the first todo)

    approval_times: str = "utc"  # unknown: utc | china, of times written like 2022-08-31T11:52Z
    terminate_after_s: int = 15
    unknown_form_fields: str = "reject"  # unknown: reject | ignore

    callback_url: str = ""  # where events go by HTTP; empty = they go to the Stream connections
    callback_owner: str = "app_key"  # app_key (set in the console) | corp_id (registered through the API)
    callback_timeout_s: float = 2.5
    callback_retry_s: str = "10,30"  # waits before the second and the third attempt
    event_key_case: str = "captured"  # UserId as captured in production | documented (userId)

    ticket_lifetime_s: int = 90
    stream_ping_s: float = 25.0
    stream_redeliver_s: float = (
        60.0  # of the sandbox clock: an event unanswered so long, or answered LATER, comes again
    )
    stream_close_after_s: float = 10.0  # after a disconnect frame
    stream_keeps_unheard: bool = True  # unknown: events wait for the next connection once there has been a first


def make_settings(given: Mapping[str, object] | None) -> Settings:
    """Defaults with `given` laid over."""
    settings = Settings()
    settings.lay_over(given)
    return settings
