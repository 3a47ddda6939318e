"""What facts come from besides the database: settings, fresh identities, memory."""

from dataclasses import dataclass, field

from voltaro.store.fresh_ids import StationRefs
from voltaro.store.unended import Unended


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """`heartbeat_interval_s` and `retry_interval_s` are told to booting stations.

    `operator_name` is the organisation in the certificates of stations; None: any may be.
    """

    heartbeat_interval_s: int = 300
    retry_interval_s: int = 30
    operator_name: str | None = None
    station_refs: StationRefs = field(default_factory=StationRefs)
    unended: Unended = field(default_factory=Unended)
