"""What a station said that it can take of charging profiles (1.6 §9.4, 2.x SmartChargingCtrlr)."""

import re

from voltaro.domain.smart_charging import ProfileLimits, RateUnit
from voltaro.domain.variables import Variable
from voltaro.store.reach import Engine
from voltaro.store.views.variables import find_variables

_STACK_LEVEL = Variable(component="SmartChargingCtrlr", name="ProfileStackLevel")
_PERIODS = Variable(component="SmartChargingCtrlr", name="PeriodsPerSchedule")
_RATE_UNIT = Variable(component="SmartChargingCtrlr", name="RateUnit")
_PHASES = Variable(component="SmartChargingCtrlr", name="Phases3to1")
#: In 2.x it is the limit of a variable, not a value.
_INSTALLED = Variable(component="Ocpp16", name="MaxChargingProfilesInstalled")
_ALL = (_STACK_LEVEL, _PERIODS, _RATE_UNIT, _PHASES, _INSTALLED)

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
    told = {row["identity"]: (row["value"] or "").strip().lower() for row in rows}
    return ProfileLimits(
        max_stack_level=_number(told.get(_STACK_LEVEL.identity, "")),
        max_periods=_number(told.get(_PERIODS.identity, "")),
        max_installed=_number(told.get(_INSTALLED.identity, "")),
        rate_units=_units(told.get(_RATE_UNIT.identity, "")),
        phase_switching=_FLAGS.get(told.get(_PHASES.identity, "")),
    )


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    return int(text) if is_number else None


def _units(text: str) -> frozenset[RateUnit] | None:
    words = re.split(r"[\s,;]+", text)
    return frozenset(_UNITS[word] for word in words if word in _UNITS) or None
