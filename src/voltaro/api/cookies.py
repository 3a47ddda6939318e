"""The cookie of a sign-in: its name, and how it is set and cleared (RFC 6265bis)."""

from fastapi import Response

from voltaro.domain.users import LONGEST

_NAME = "voltaro"


def cookie_name(*, secure: bool, suffix: str = "") -> str:
    """Over HTTPS one that nobody but this very host can have set (§4.1.3.2)."""
    return f"__Host-{_NAME}{suffix}" if secure else f"{_NAME}{suffix}"


def set_cookie(response: Response, token: str, *, secure: bool) -> None:
    response.set_cookie(
        cookie_name(secure=secure),
        token,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def clear_cookie(response: Response, *, secure: bool) -> None:
    response.delete_cookie(
        cookie_name(secure=secure), path="/", secure=secure, httponly=True, samesite="lax"
    )
