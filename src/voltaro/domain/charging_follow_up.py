"""What becomes of a profile that came with a remote start (1.6 §5.16.2, F01)."""

from dataclasses import replace
from datetime import datetime

from voltaro.domain.charging_mirror import MirrorChanged, ProfileInstalled
from voltaro.domain.command import CommandState
from voltaro.domain.command_record import CommandRecord

#: The station agreed, or did what it was asked without saying so.
_CONCLUDED = frozenset({CommandState.DONE, CommandState.FAILED})


def adopted(before: CommandRecord, after: CommandRecord, at: datetime) -> tuple[MirrorChanged, ...]:
    """The change to the mirror when a transaction has proven its remote start; else nothing.

    The profile belongs to that transaction, whatever was said about its token.
    """
    awaits, proof = before.awaits, after.proof
    if awaits is None or awaits.profile is None or after.awaits is not None:
        return ()
    if proof is None or after.state not in _CONCLUDED:
        return ()
    if proof.station_ref is None or proof.evse_id is None:
        return ()
    step = ProfileInstalled(
        where=proof.evse_id,
        profile=replace(awaits.profile, station_ref=proof.station_ref),
        source=after.author,
        at=at,
    )
    return (MirrorChanged(after.station_id, step),)
