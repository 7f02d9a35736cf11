"""The outbound address guard."""

import pytest

from hub.connector.hosts import check_url, resolve
from hub.errors import ConfigInvalid


def check(url: str, address: str, *, private: bool) -> str:
    return check_url(url, allow_private=private, resolver=lambda _host, _port: (address,) if address else ())


@pytest.mark.parametrize(
    ("url", "address", "private"),
    [
        ("https://open.example.com/v2", "8.8.8.8", False),
        ("http://127.0.0.1:8080/x", "127.0.0.1", True),
        ("http://erp.lan/K3Cloud", "192.168.1.9", True),
        ("https://erp.lan", "10.0.0.8", True),
        ("http://[::1]:80/", "::1", True),
        ("https://unresolvable.example", "", False),
        ("http://unresolvable.lan", "", True),
    ],
)
def test_allowed(url: str, address: str, private: bool) -> None:
    assert check(url, address, private=private) in url


@pytest.mark.parametrize(
    ("url", "address", "private"),
    [
        ("ftp://x/", "8.8.8.8", True),
        ("file:///etc/passwd", "", True),
        ("https://", "", True),
        ("https://user:secretword@open.example.com/", "8.8.8.8", True),
        ("https://open.example.com:99999/", "8.8.8.8", True),
        ("http://open.example.com/", "8.8.8.8", True),
        ("http://unresolvable.example", "", False),
        ("https://erp.lan/", "192.168.1.9", False),
        ("https://localhost/", "127.0.0.1", False),
        ("https://x/", "100.64.1.1", False),
        ("https://x/", "169.254.169.254", True),
        ("https://x/", "::ffff:169.254.169.254", True),
        ("https://x/", "100.100.100.200", True),
        ("https://x/", "168.63.129.16", True),
        ("https://x/", "fd00:ec2::254", True),
        ("https://x/", "fe80::1", True),
        ("https://x/", "0.0.0.0", True),
        ("https://x/", "::", True),
        ("https://x/", "224.0.0.1", True),
        ("https://x/", "::ffff:10.0.0.1", False),
    ],
)
def test_refused_with_the_address_named_and_no_password_shown(url: str, address: str, private: bool) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        check(url, address, private=private)
    assert caught.value.field == "base_url"
    assert "secretword" not in str(caught.value)


def test_one_bad_address_of_many_is_enough() -> None:
    with pytest.raises(ConfigInvalid):
        check_url("https://x/", allow_private=True, resolver=lambda _host, _port: ("8.8.8.8", "169.254.169.254"))


def test_numeric_spellings_of_loopback_are_seen_through() -> None:
    assert "127.0.0.1" in resolve("127.1", 80)
    assert resolve("no-such-host.invalid", 80) == ()
