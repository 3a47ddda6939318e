"""CostUpdated (I02)."""

from voltaro.domain.costs import CostUpdated
from voltaro.protocol.commands import CallRoute, CommandRoute, single
from voltaro.protocol.wire import v21 as wire


def _cost(command: CostUpdated) -> wire.CostUpdatedRequest:
    return wire.CostUpdatedRequest(
        total_cost=command.total_cost, transaction_id=command.station_ref
    )


CALLS = (CallRoute(request=wire.CostUpdatedRequest, response=wire.CostUpdatedResponse),)
COMMANDS = (CommandRoute(CostUpdated, single(_cost)),)
