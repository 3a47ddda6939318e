"""People who sign in: what they may be called, choose and do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from voltaro.domain.access import Scope
from voltaro.domain.users import (
    SCOPES,
    Role,
    SignIn,
    User,
    can_administer,
    is_over,
    name_fault,
    name_key,
    password_fault,
)

AT = datetime(2026, 11, 3, 12, tzinfo=UTC)
ANNA = User(
    name="Anna",
    role=Role.ADMINISTRATOR,
    created_at=AT,
    created_by="test",
    password_hash="hash",
)


def test_each_role_may_do_what_the_one_before_may():
    assert SCOPES[Role.VIEWER] < SCOPES[Role.OPERATOR] < SCOPES[Role.ADMINISTRATOR]
    assert Scope.WRITE not in SCOPES[Role.VIEWER]
    assert Scope.ADMIN not in SCOPES[Role.OPERATOR]


@pytest.mark.parametrize("name", ["a", "Anna", "anna.b@example.org", "Jörg Groß", "李", "x" * 64])
def test_name_that_can_be(name):
    assert name_fault(name) is None


@pytest.mark.parametrize(
    "name", ["", " ", "a ", " a", ".a", "a/b", "a\n", "a\0b", "a\u202eb", "<b>", "x" * 65, "a\tb"]
)
def test_name_that_cannot_be(name):
    assert name_fault(name)


@pytest.mark.parametrize(("one", "other"), [("Anna", "aNNA"), ("Groß", "GROSS"), ("ﬁ", "fi")])
def test_names_that_are_the_same(one, other):
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize("password", ["x" * 10, "x" * 1000, " " * 10, "anna-anna-"])
def test_password_that_can_be(password):
    assert password_fault(password, "anna") is None


@pytest.mark.parametrize("password", ["", "x" * 9, "x" * 1001])
def test_password_that_cannot_be(password):
    assert password_fault(password, "anna")


def test_password_is_not_the_name():
    assert password_fault("ANNEMARIE-1", "Annemarie-1")


@pytest.mark.parametrize(
    ("began", "seen", "over"),
    [
        (timedelta(0), timedelta(0), False),
        (timedelta(days=6), timedelta(hours=11, minutes=59), False),
        (timedelta(days=1), timedelta(hours=12), True),
        (timedelta(days=7), timedelta(0), True),
    ],
)
def test_sign_in_is_over_when_idle_or_old(began, seen, over):
    sign_in = SignIn(user_key="anna", began_at=AT - began, seen_at=AT - seen)

    assert is_over(sign_in, AT) is over


@pytest.mark.parametrize(
    "change", [{"role": Role.OPERATOR}, {"disabled": True}, {"password_hash": None}]
)
def test_who_cannot_sign_in_or_is_no_administrator_cannot_administer(change):
    assert can_administer([ANNA])
    assert not can_administer([replace(ANNA, **change)])
    assert not can_administer([])


def test_user_is_shown_without_hashes():
    assert "hash" not in repr(replace(ANNA, reset_hash=b"secret")).replace("password_hash", "")
