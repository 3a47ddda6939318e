"""The addresses under which other machines may find this one."""

import contextlib
import ipaddress
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

#: Linux: the IPv4 address of an interface (netdevice(7)).
_SIOCGIFADDR = 0x8915
#: Bridges between containers and virtual machines: nobody outside is reached by them.
_INNER = ("docker", "br-", "veth", "virbr", "cni", "podman", "lxc")
#: Documentation addresses (RFC 5737, RFC 3849): they lead to the default route, and nothing is sent there.
_ELSEWHERE = {socket.AF_INET: ("192.0.2.1", 9), socket.AF_INET6: ("2001:db8::1", 9)}
_CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))


def own_addresses(*, ipv6: bool = False) -> list[str]:
    """Addresses of this machine that others may reach, the one of the default route first.

    With `ipv6` only that one is looked for, else those of IPv4.
    """
    if ipv6:
        found = dict.fromkeys(_by_default_route(socket.AF_INET6))
    else:
        found = dict.fromkeys((*_by_default_route(socket.AF_INET), *_by_interface()))
    return [each for each in found if not ipaddress.ip_address(each).is_loopback]


def in_container() -> bool:
    """Whether our addresses are probably those of a container, which only its host reaches."""
    return any(mark.exists() for mark in _CONTAINER_MARKS)


def _by_default_route(family: socket.AddressFamily) -> Iterator[str]:
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(_ELSEWHERE[family])
        yield str(probe.getsockname()[0])


def _by_interface() -> Iterator[str]:
    try:
        import fcntl
    except ImportError:  # not a Unix
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            if name.startswith(_INNER):
                continue
            request = struct.pack("256s", name.encode()[:15])
            with contextlib.suppress(OSError):  # without an address, or not Linux
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)
                yield socket.inet_ntoa(answer[20:24])
