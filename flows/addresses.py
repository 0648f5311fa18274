"""The names and numbers by which a server is called."""

import socket
from ipaddress import ip_address

import psutil

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ANY = "0.0.0.0"  # noqa: S104 - as a question, not to listen at


def list_hosts(host: str) -> list[str]:
    """All by which requests may call a server that listens at `host`."""
    names = [host]
    if is_any(host):
        found = [address.address for net in psutil.net_if_addrs().values() for address in net]
        names = [*filter(is_number, found), socket.gethostname(), socket.getfqdn()]
    if is_any(host) or is_loopback(host):
        names += LOOPBACK
    return list(dict.fromkeys(name.lower() for name in names))


def find_local(host: str) -> str:
    """The one by which this machine calls a server that listens at `host`."""
    if not is_any(host):
        return host
    return "::1" if ip_address(host).version == 6 else "127.0.0.1"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the host."""
    return host in LOOPBACK or (is_number(host) and ip_address(host).is_loopback)


def is_local(host: str) -> bool:
    """Whether the host is this machine."""
    return is_loopback(host) or host.lower() in list_hosts(ANY)


def is_any(host: str) -> bool:
    """Whether the host stands for every address of this machine."""
    return is_number(host) and ip_address(host).is_unspecified


def is_number(host: str) -> bool:
    """Whether the host is an IP address."""
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def bracket(host: str) -> str:
    """The host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host
