"""What a station said that it can take of charging profiles (1.6 §9.4, 2.x SmartChargingCtrlr)."""

import re

from voltaro.domain.smart_charging import ProfileLimits, RateUnit
from voltaro.domain.variables import Attribute, Variable
from voltaro.store.reach import Engine
from voltaro.store.views.variables import find_variables

_STACK_LEVEL = Variable(component="SmartChargingCtrlr", name="ProfileStackLevel")
_PERIODS = Variable(component="SmartChargingCtrlr", name="PeriodsPerSchedule")
_RATE_UNIT = Variable(component="SmartChargingCtrlr", name="RateUnit")
_PHASES = Variable(component="SmartChargingCtrlr", name="Phases3to1")
#: 2.x: whether a phase can be chosen, where switching to one phase is another matter (K01.FR.20).
_PHASE_CHOICE = Variable(component="SmartChargingCtrlr", name="ACPhaseSwitchingSupported")
_INSTALLED = Variable(component="Ocpp16", name="MaxChargingProfilesInstalled")
#: 2.x: its value is how many there are, its limit how many there may be.
_ENTRIES = Variable(component="SmartChargingCtrlr", name="Entries", instance="ChargingProfiles")
#: 2.1: what the station numbers itself stands up to here.
_EXTERNAL_IDS = Variable(component="SmartChargingCtrlr", name="MaxExternalConstraintsId")
_ALL = (
    _STACK_LEVEL,
    _PERIODS,
    _RATE_UNIT,
    _PHASES,
    _PHASE_CHOICE,
    _INSTALLED,
    _ENTRIES,
    _EXTERNAL_IDS,
)

#: 1.6 §9.4.2 has other words than 2.x.
_UNITS = {"current": RateUnit.A, "power": RateUnit.W, "a": RateUnit.A, "w": RateUnit.W}
_FLAGS = {"true": True, "false": False}
_LONGEST_NUMBER = 9


async def profile_limits(engine: Engine, station_id: str) -> ProfileLimits:
    """As far as the station told its configuration; what makes no sense is as if it was not told.

    Raises:
        DatabaseAway: it cannot be told now.
    """
    rows = await find_variables(
        engine, station_id, identities=[each.identity for each in _ALL], keys=()
    )
    actual = [row for row in rows if row["attribute"] == Attribute.ACTUAL.value]
    told = {row["identity"]: (row["value"] or "").strip().lower() for row in actual}
    limits = {row["identity"]: row["max_limit"] for row in actual}
    most = limits.get(_ENTRIES.identity)
    installed = told.get(_INSTALLED.identity) or ("" if most is None else f"{most.normalize():f}")
    choice = told.get(_PHASE_CHOICE.identity) or told.get(_PHASES.identity, "")
    return ProfileLimits(
        max_stack_level=_number(told.get(_STACK_LEVEL.identity, "")),
        max_periods=_number(told.get(_PERIODS.identity, "")),
        max_installed=_number(installed),
        rate_units=_units(told.get(_RATE_UNIT.identity, "")),
        phase_switching=_FLAGS.get(choice),
        external_ids=_number(told.get(_EXTERNAL_IDS.identity, "")) or 0,
    )


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    return int(text) if is_number else None


def _units(text: str) -> frozenset[RateUnit] | None:
    words = re.split(r"[\s,;]+", text)
    return frozenset(_UNITS[word] for word in words if word in _UNITS) or None
