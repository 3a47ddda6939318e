"""What the API is made of, handed to each request."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from voltaro.config import Network
from voltaro.services.access import Access
from voltaro.services.presence import Presence
from voltaro.services.stations import Stations
from voltaro.services.tokens import Tokens
from voltaro.store.reach import Engine


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDeps:
    """`ready` gives the reasons for not being ready, none when stations can connect."""

    engine: Engine
    stations: Stations
    tokens: Tokens
    access: Access
    presence: Presence
    ready: Callable[[], list[str]]
    trusted_proxies: tuple[Network, ...] = ()
    clock: Callable[[], datetime] = dataclasses.field(default=_now)


def deps_of(request: Request) -> ApiDeps:
    deps = request.app.state.deps
    assert isinstance(deps, ApiDeps)
    return deps


async def _deps(request: Request) -> ApiDeps:
    return deps_of(request)


Deps = Annotated[ApiDeps, Depends(_deps)]
