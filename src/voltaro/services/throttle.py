"""Slows down who keeps failing: a token bucket per address. Whoever succeeds is never asked."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

#: A network of one customer in IPv6; within it addresses cost nothing.
_IPV6_NETWORK = 64
#: Beyond this many addresses the one that failed longest ago is forgotten.
_ADDRESSES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many failures at once, and then so many a second."""

    burst: float
    per_s: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was left at a moment of `time.monotonic()`."""

    left: float
    at: float


def draw(bucket: Bucket | None, now: float, limit: Limit) -> tuple[Bucket, float]:
    """The bucket after one more failure, and how long to stay away: 0 while it was not empty."""
    left = limit.burst
    if bucket is not None:
        left = min(limit.burst, bucket.left + max(0.0, now - bucket.at) * limit.per_s)
    if left >= 1:
        return Bucket(left - 1, now), 0.0
    return Bucket(left, now), (1 - left) / limit.per_s


class Throttle:
    """The buckets of all addresses, in bounded memory."""

    def __init__(
        self,
        limit: Limit,
        *,
        addresses: int = _ADDRESSES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._addresses = addresses
        self._clock = clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def failed(self, host: str) -> int:
        """Count a failure; 0, or after how many seconds to come back when there were too many."""
        key = _network(host)
        bucket, wait_s = draw(self._buckets.pop(key, None), self._clock(), self._limit)
        while len(self._buckets) >= self._addresses:
            self._buckets.popitem(last=False)
        self._buckets[key] = bucket
        return math.ceil(wait_s)

    def forgive(self, host: str) -> None:
        """What was counted last was no failure after all."""
        if (bucket := self._buckets.get(_network(host))) is not None:
            left = min(self._limit.burst, bucket.left + 1)
            self._buckets[_network(host)] = Bucket(left, bucket.at)


def _network(host: str) -> str:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, _IPV6_NETWORK), strict=False))
