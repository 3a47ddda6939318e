"""What the proof of a command says about charging profiles (1.6 §5.16.2; 2.x F01, K09)."""

from datetime import datetime

from voltaro.domain.charging_mirror import MirrorChanged, ProfileInstalled, ReportEnded
from voltaro.domain.command import CommandState
from voltaro.domain.command_record import CommandRecord
from voltaro.domain.values import changed

#: The station agreed, or did what it was asked without saying so.
_CONCLUDED = frozenset({CommandState.DONE, CommandState.FAILED})


def follow_up(
    before: CommandRecord, after: CommandRecord, at: datetime
) -> tuple[MirrorChanged, ...]:
    """The changes to the mirror when a command moves from `before` to `after`."""
    return (*adopted(before, after, at), *reported(before, after))


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
        profile=changed(awaits.profile, station_ref=proof.station_ref),
        source=after.author,
        at=at,
    )
    return (MirrorChanged(after.station_id, step),)


def reported(before: CommandRecord, after: CommandRecord) -> tuple[MirrorChanged, ...]:
    """The change to the mirror when a report that was asked for is complete; else nothing."""
    awaits, proof = before.awaits, after.proof
    if awaits is None or awaits.reports is None or awaits.request_id is None:
        return ()
    if proof is None or after.state is not CommandState.DONE or after.awaits is not None:
        return ()
    step = ReportEnded(
        criteria=awaits.reports,
        request_id=awaits.request_id,
        since=before.sent_at or before.created_at,
    )
    return (MirrorChanged(after.station_id, step),)
