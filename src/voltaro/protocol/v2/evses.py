"""How EVSEs and connectors are written (2.x EVSEType)."""

from voltaro.protocol.wire import v21 as wire


def write_place(evse_id: int | None, connector_id: int | None = None) -> wire.EVSEType | None:
    """None for the whole station, or all of them."""
    if evse_id is None:
        return None
    return wire.EVSEType(id=evse_id, connector_id=connector_id)
