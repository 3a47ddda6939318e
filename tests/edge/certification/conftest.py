"""The certification cases play with the station and the operator of the tests of commands."""

from tests.edge.commands.conftest import operator

__all__ = ["operator"]
