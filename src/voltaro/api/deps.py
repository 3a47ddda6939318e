"""What the API is made of, handed to each request."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from voltaro.services.access import Access
from voltaro.services.charging_profiles import ChargingProfiles
from voltaro.services.commands import Commands
from voltaro.services.file_jobs import FileJobs
from voltaro.services.files import Files
from voltaro.services.gauges import Gauges
from voltaro.services.guesses import Guesses
from voltaro.services.idempotency import Idempotency
from voltaro.services.installation import InstallationFacts
from voltaro.services.live import LiveFeed
from voltaro.services.onboarding import Onboarding
from voltaro.services.presence import Presence
from voltaro.services.simulated import SimulatedStations
from voltaro.services.station_certificates import StationCertificates
from voltaro.services.stations import Stations
from voltaro.services.tariffs import Tariffs
from voltaro.services.throttle import Limit, Throttle
from voltaro.services.tokens import Tokens
from voltaro.services.transactions import Transactions
from voltaro.services.transfers import Transfers
from voltaro.services.users import Users
from voltaro.setting_values import Network
from voltaro.store.reach import Engine

#: An exchange in one line, from its action, frame and reply; see `protocol.summaries`.
Summarise = Callable[[str | None, str, str | None], str]
#: What an exchange says, from protocol, direction, action, frame and reply: a dataclass as
#: `protocol.explanations` has it.
Explain = Callable[[str, str, str | None, str, str | None], Any]


def _now() -> datetime:
    return datetime.now(UTC)


#: Keys that are not valid, from one address.
_FAILED_KEYS = Limit(burst=20, per_s=0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDeps:
    """`ready` gives the reasons for not being ready, none when stations can connect.

    `trusted_roots` gives what certificates of stations hang from, in PEM.
    `warnings` gives what an operator should look at all the same; `metrics` answers a scrape by
    what it accepts; `failures` counts keys that are not valid, `guesses` passwords that are wrong.
    """

    engine: Engine
    stations: Stations
    tokens: Tokens
    charging_profiles: ChargingProfiles
    tariffs: Tariffs
    transactions: Transactions
    commands: Commands
    file_jobs: FileJobs
    idempotency: Idempotency
    files: Files
    transfers: Transfers
    live: LiveFeed
    gauges: Gauges
    access: Access
    users: Users
    presence: Presence
    certificates: StationCertificates
    trusted_roots: Callable[[], str]
    simulated: SimulatedStations
    summarise: Summarise
    explain: Explain
    onboarding: Callable[[], Onboarding]
    installation: InstallationFacts
    ready: Callable[[], list[str]]
    warnings: Callable[[], list[str]] = list
    metrics: Callable[[str | None], Response] | None = None
    #: An OpenTelemetry TracerProvider while tracing is on.
    tracer_provider: Any = None
    trusted_proxies: tuple[Network, ...] = ()
    #: How people reach us from outside, where that is known.
    public_url: str | None = None
    guesses: Guesses = dataclasses.field(default_factory=Guesses)
    failures: Throttle = dataclasses.field(default_factory=lambda: Throttle(_FAILED_KEYS))
    clock: Callable[[], datetime] = dataclasses.field(default=_now)


def deps_of(request: Request) -> ApiDeps:
    deps = request.app.state.deps
    assert isinstance(deps, ApiDeps)
    return deps


async def _deps(request: Request) -> ApiDeps:
    return deps_of(request)


Deps = Annotated[ApiDeps, Depends(_deps)]
