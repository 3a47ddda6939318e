"""Tokens that a station was told not to accept, remembered so that an operator can add them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from voltaro.domain.authorization import Authorization, AuthorizationStatus, TokenPresented
from voltaro.domain.decision import Change, Decision, StationEvent
from voltaro.domain.ids import KEY_CODE, IdToken
from voltaro.domain.transaction_rules import TransactionReply
from voltaro.domain.transactions import Kind, TransactionEvent

#: How long a refusal is remembered.
KEPT = timedelta(days=30)
#: No longer token can be registered, so that nobody could add it (in characters).
_LONGEST = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRefused(Change):
    """A station presented a token and was told `status`, which is not accepted."""

    token: IdToken
    station_id: str
    status: AuthorizationStatus
    at: datetime


def refusals(
    _action: str, event: StationEvent, decision: Decision[Any]
) -> tuple[TokenRefused, ...]:
    """What is to be remembered of an event and the decision on it, if a token was refused.

    An end is no request to charge: its token only says who stopped.
    """
    match event, decision.reply:
        case TokenPresented(token=token), Authorization() as told:
            pass
        case TransactionEvent(token=IdToken() as token, kind=kind), TransactionReply(
            authorization=Authorization() as told
        ) if kind is not Kind.ENDED:
            pass
        case _:
            return ()
    if told.status is AuthorizationStatus.ACCEPTED or token.type == KEY_CODE:
        return ()
    if len(token.value) > _LONGEST:
        return ()
    refused = TokenRefused(
        token=token, station_id=event.station_id, status=told.status, at=event.received_at
    )
    return (refused,)
