"""Simulated stations on real sockets, for our own tests and for users.

station = SimulatedStation("ws://127.0.0.1:9000", "CP-1", protocol="2.0.1", password="…")
await station.connect()
await station.boots()
transaction = await station.starts(1, "04A1B2C3")
await station.meters(transaction, 1200)
await station.stops(transaction, 2400)

A station that is connected obeys the server's commands; `station.obeys` makes it do otherwise:

station.obeys.refuse("Reset", times=1)
station.obeys.fails("UnlockConnector", "InternalError")
station.obeys.obeys_again()
"""

from voltaro.testing.backoff import Backoff
from voltaro.testing.books import (
    Books,
    Entry,
    ReadingEntry,
    StartEntry,
    StatusEntry,
    StopEntry,
    Transaction,
)
from voltaro.testing.clock import Clock, wire_time
from voltaro.testing.controller16 import Controller16
from voltaro.testing.controller201 import Controller201
from voltaro.testing.demands import Demands
from voltaro.testing.dialect import Boot, ConnectorState, Identity
from voltaro.testing.fleet import Fleet, FleetPlan, FleetSummary, Member, raise_open_file_limit
from voltaro.testing.link import (
    BadAnswerError,
    CallFailedError,
    DisconnectedError,
    Link,
    NoAnswerError,
    RefusedError,
    StationError,
    UnreachableError,
)
from voltaro.testing.power import AC_11_KW, AC_22_KW, DC_50_KW, DC_150_KW, Charge, Reading, Supply
from voltaro.testing.scenario import Visit, play
from voltaro.testing.station import ProtocolName, SimulatedStation
from voltaro.testing.tally import Tally

__all__ = [
    "AC_11_KW",
    "AC_22_KW",
    "DC_50_KW",
    "DC_150_KW",
    "Backoff",
    "BadAnswerError",
    "Books",
    "Boot",
    "CallFailedError",
    "Charge",
    "Clock",
    "ConnectorState",
    "Controller16",
    "Controller201",
    "Demands",
    "DisconnectedError",
    "Entry",
    "Fleet",
    "FleetPlan",
    "FleetSummary",
    "Identity",
    "Link",
    "Member",
    "NoAnswerError",
    "ProtocolName",
    "Reading",
    "ReadingEntry",
    "RefusedError",
    "SimulatedStation",
    "StartEntry",
    "StationError",
    "StatusEntry",
    "StopEntry",
    "Supply",
    "Tally",
    "Transaction",
    "UnreachableError",
    "Visit",
    "play",
    "raise_open_file_limit",
    "wire_time",
]
