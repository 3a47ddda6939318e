"""Who may charge."""

from datetime import UTC, datetime, timedelta

import pytest

from voltaro.domain.authorization import (
    AUTHORIZE,
    AuthorizationStatus,
    TokenPresented,
    TokenRecord,
    TokenStatus,
    authorize,
)
from voltaro.domain.ids import IdToken

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("record", "status"),
    [
        (None, AuthorizationStatus.UNKNOWN),
        (TokenRecord(value="A"), AuthorizationStatus.ACCEPTED),
        (TokenRecord(value="A", status=TokenStatus.BLOCKED), AuthorizationStatus.BLOCKED),
        (TokenRecord(value="A", status=TokenStatus.EXPIRED), AuthorizationStatus.EXPIRED),
        (TokenRecord(value="A", status=TokenStatus.INVALID), AuthorizationStatus.INVALID),
        (TokenRecord(value="A", expires_at=NOW), AuthorizationStatus.EXPIRED),
        (
            TokenRecord(value="A", expires_at=NOW + timedelta(seconds=1)),
            AuthorizationStatus.ACCEPTED,
        ),
        (TokenRecord(value="A", credit_minor=0), AuthorizationStatus.NO_CREDIT),
        (TokenRecord(value="A", credit_minor=1), AuthorizationStatus.ACCEPTED),
    ],
)
def test_a_token_is_judged_by_its_record(record, status):
    assert authorize(IdToken("A"), record, now=NOW).status is status


def test_a_blocked_token_that_has_also_expired_is_reported_as_blocked():
    record = TokenRecord(value="A", status=TokenStatus.BLOCKED, expires_at=NOW)

    assert authorize(IdToken("A"), record, now=NOW).status is AuthorizationStatus.BLOCKED


def test_group_and_expiry_are_told_with_every_answer_about_a_known_token():
    record = TokenRecord(value="A", group="FAMILY", expires_at=NOW, status=TokenStatus.BLOCKED)

    answer = authorize(IdToken("A"), record, now=NOW)

    assert (answer.group_token, answer.expires_at) == ("FAMILY", NOW)


def test_the_same_text_of_another_type_is_another_token():
    record = TokenRecord(value="A", type="ISO14443")

    assert authorize(IdToken("A", "Central"), record, now=NOW).status is AuthorizationStatus.UNKNOWN
    assert authorize(IdToken("A"), record, now=NOW).status is AuthorizationStatus.ACCEPTED


def test_a_free_start_without_authorization_is_always_welcome():
    token = IdToken("", "NoAuthorization")

    assert authorize(token, None, now=NOW).status is AuthorizationStatus.ACCEPTED


def test_tokens_are_compared_without_regard_to_case():
    assert IdToken("aBc1").key == IdToken("AbC1").key


def test_asking_about_a_token_makes_nothing_durable():
    event = TokenPresented(station_id="S", at=NOW, received_at=NOW, token=IdToken("A"))

    decision = AUTHORIZE.decide(event, TokenRecord(value="A"))

    assert decision.changes == ()
    assert decision.receipt is None
