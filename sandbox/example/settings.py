"""Switches of the example vendor."""

from dataclasses import dataclass

from sandbox.core.switches import Switches


@dataclass
class ExampleSettings(Switches):
    """`page_rows` firms per page, `most_rows` rows per batch, tokens that live `token_s`, and `wait_s` asked for when the quota is
    used up."""

    app_key: str = "example-app"
    app_secret: str = "example-secret-5d2c8e71b0"
    push_secret: str = "example-push-93af4c"
    page_rows: int = 10
    most_rows: int = 10
    token_s: int = 7200
    wait_s: int = 7
