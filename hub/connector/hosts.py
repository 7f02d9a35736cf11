"""Which addresses a connector may call: the guard against requests to places inside the network that nobody meant."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from hub.errors import ConfigInvalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

# Where clouds answer with credentials of the machine: link-local for most, these for Alibaba, Azure, AWS over IPv6.
_METADATA = frozenset(ipaddress.ip_address(text) for text in ("100.100.100.200", "168.63.129.16", "fd00:ec2::254"))
_SHARED = ipaddress.ip_network("100.64.0.0/10")


def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of a host name; [] when it has none (the connection attempt will say so itself)."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(str(info[4][0]).split("%")[0] for info in found)


def check_url(url: str, *, allow_private: bool, resolver: Resolver = resolve) -> str:
    """The host of `url` when it may be called. Raises ConfigInvalid naming the address and the fix."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise _refused(
            _shown(url), "地址必须以 http:// 或 https:// 开头", "the address must start with http:// or https://"
        )
    if parts.username is not None or parts.password is not None:
        raise _refused(host, "地址中不能包含用户名或密码", "the address must not contain a user name or password")
    addresses = [_address(text) for text in resolver(host, _port(url))]
    for address in addresses:
        _check_address(host, address, allow_private)
    if (
        parts.scheme == "http"
        and not (addresses and all(_inside(address) for address in addresses))
        and not allow_private
    ):
        raise _refused(host, "公网地址必须使用 https", "a public address must use https")
    # An unresolvable name may turn out public: plain http to it is only for those who allowed private hosts.
    inside = all(_inside(address) for address in addresses) if addresses else allow_private
    if parts.scheme == "http" and not inside:
        raise _refused(host, "公网地址必须使用 https", "a public address must use https")
    return host


def _port(url: str) -> int:
    parts = urlsplit(url)
    try:
        return parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise _refused(_shown(url), "端口无效", "the port is not valid") from error


def _address(text: str) -> Address:
    address = ipaddress.ip_address(text)
    return (address.version == 6 and address.ipv4_mapped) or address


def _inside(address: Address) -> bool:
    return address.is_private or address.is_loopback or (address.version == 4 and address in _SHARED)


def _check_address(host: str, address: Address, allow_private: bool) -> None:
    never = address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA
    if never or (address.is_reserved and not address.is_private):
        raise _refused(host, f"不允许访问保留地址 {address}", f"the reserved address {address} is never called")
    if _inside(address) and not allow_private:
        raise _refused(
            host,
            f"{address} 是内网地址；系统确在内网时，请设置 HUB_ALLOW_PRIVATE_HOSTS=true 后重启 hub",
            f"{address} is a private address; where the system is inside your network, set "
            "HUB_ALLOW_PRIVATE_HOSTS=true and restart the hub",
        )


def _shown(url: str) -> str:
    return url.rsplit("@", 1)[-1].split("?", 1)[0][:80]


def _refused(host: str, zh: str, en: str) -> ConfigInvalid:
    return ConfigInvalid(
        f"地址 {host} 无法使用：{zh}", f"Address {host} cannot be used: {en}", field="base_url", value=host
    )
