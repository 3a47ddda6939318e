"""`voltaro users`: who may sign in."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from voltaro.cli.failure import CliError, ExitCode
from voltaro.cli.options import DEFAULT_URL, DataDir, Output, Url, Yes, confirm, connect
from voltaro.cli.output import Format, columns, note, show_one, show_rows

if TYPE_CHECKING:
    from voltaro.cli.client import Client

app = typer.Typer(
    help="People who sign in: list, add, role, disable, enable, delete, reset.",
    no_args_is_help=True,
)

_COLUMNS = columns("name", "role", "disabled", "has_password", "last_sign_in_at", "created_by")


class Role(StrEnum):
    """Each can what the one before it can."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


RoleOption = Annotated[Role, typer.Option(help="What they may do.")]


@app.command("list")
def list_users(
    output: Output = Format.TABLE, url: Url = DEFAULT_URL, data_dir: DataDir = None
) -> None:
    """List all users."""
    with connect(url, data_dir) as client:
        show_rows(client.items("/api/v1/users"), _COLUMNS, output)


@app.command("add")
def add_user(
    name: str,
    *,
    role: RoleOption = Role.OPERATOR,
    output: Output = Format.TABLE,
    url: Url = DEFAULT_URL,
    data_dir: DataDir = None,
) -> None:
    """Add somebody, and show the link with which they choose a password."""
    with connect(url, data_dir) as client:
        if _found(client, name) is not None:
            raise CliError(
                ExitCode.CONFLICT,
                f"there is a user named {name} already",
                "`voltaro users role` gives another role, `voltaro users reset` a new link.",
            )
        show_one(client.put(_path(name), {"role": role.value}), output)
    note("The link works once, within 24 hours.")


@app.command("role")
def change_role(name: str, role: Role, url: Url = DEFAULT_URL, data_dir: DataDir = None) -> None:
    """Give somebody another role; they are signed out."""
    with connect(url, data_dir) as client:
        _known(client, name)
        client.put(_path(name), {"role": role.value})
    note(f"{name} is {role.value} now.")


@app.command("disable")
def disable_user(name: str, url: Url = DEFAULT_URL, data_dir: DataDir = None) -> None:
    """Let somebody no longer sign in; they are signed out at once."""
    _set_disabled(name, url, data_dir, disabled=True)
    note(f"{name} cannot sign in any more.")


@app.command("enable")
def enable_user(name: str, url: Url = DEFAULT_URL, data_dir: DataDir = None) -> None:
    """Let somebody who was disabled sign in again."""
    _set_disabled(name, url, data_dir, disabled=False)
    note(f"{name} can sign in again.")


@app.command("delete")
def delete_user(
    name: str, yes: Yes = False, url: Url = DEFAULT_URL, data_dir: DataDir = None
) -> None:
    """Delete somebody; what they did stays in the audit log."""
    confirm(f"Delete user {name}?", yes=yes)
    with connect(url, data_dir) as client:
        client.delete(_path(name))
    note(f"User {name} is deleted.")


@app.command("reset")
def reset_user(name: str, url: Url = DEFAULT_URL, data_dir: DataDir = None) -> None:
    """Print a link with which somebody chooses a new password."""
    with connect(url, data_dir) as client:
        typer.echo(client.post(f"{_path(name)}/reset", {})["reset_url"])
    note("It works once, within 24 hours. Until then the old password does.")


def _set_disabled(name: str, url: str, data_dir: DataDir, *, disabled: bool) -> None:
    with connect(url, data_dir) as client:
        role = _known(client, name)["role"]
        client.put(_path(name), {"role": role, "disabled": disabled})


def _known(client: "Client", name: str) -> dict[str, Any]:
    """PUT would make somebody new of a name that was mistyped."""
    user = _found(client, name)
    if user is None:
        raise CliError(
            ExitCode.NOT_FOUND, f"there is nobody named {name}", "`voltaro users list` shows all."
        )
    return user


def _found(client: "Client", name: str) -> dict[str, Any] | None:
    users = client.items("/api/v1/users")
    return next((user for user in users if user["name"].casefold() == name.casefold()), None)


def _path(name: str) -> str:
    return f"/api/v1/users/{quote(name, safe='')}"
