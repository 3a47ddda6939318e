"""The slots of a simulated 2.x station for connections to servers (B09)."""

from voltaro.testing.controller201.variables import Variables
from voltaro.testing.link import Payload

_SCHEMES = ("ws://", "wss://")


class NetworkProfiles:
    """Keeps what is put into its slots; the connection under way stays as it is."""

    def __init__(self, variables: Variables) -> None:
        self._variables = variables
        #: By slot, as it was asked for.
        self.slots: dict[int, Payload] = {}

    def set_profile(self, request: Payload) -> Payload:
        """SetNetworkProfile; one of its slots, and no lower security profile (B09.FR.04, FR.05)."""
        slot, asked = request["configurationSlot"], request["connectionData"]
        if slot not in self._variables.network_slots:
            return _rejected("InvalidConfSlot")
        if asked["securityProfile"] < int(self._variables["SecurityCtrlr", "SecurityProfile"]):
            return _rejected("NoSecurityDowngrade")
        if asked["ocppTransport"] != "JSON" or not asked["ocppCsmsUrl"].startswith(_SCHEMES):
            return _rejected("InvalidNetworkConf")
        self.slots[slot] = asked
        return {"status": "Accepted"}


def _rejected(reason: str) -> Payload:
    return {"status": "Rejected", "statusInfo": {"reasonCode": reason}}
