"""The certificates of a 2.0.1 station (A02, M03-M05): the store of 1.6 in other words."""

from typing import TYPE_CHECKING, Final

from voltaro.testing.controller16.certificates import Certificates, Customs
from voltaro.testing.controller16.security import SecurityLog
from voltaro.testing.controller201.variables import Variables
from voltaro.testing.jobs import Jobs
from voltaro.testing.link import Payload

if TYPE_CHECKING:
    from voltaro.testing.station import SimulatedStation

_MOST_ROOTS: Final = 10
_LONGEST_CHAIN: Final = 10_000


def new_certificates(station: "SimulatedStation", variables: Variables, jobs: Jobs) -> Certificates:
    """An empty store."""
    customs = Customs(
        organization=lambda: variables["SecurityCtrlr", "OrganizationName"],
        most_roots=lambda: _MOST_ROOTS,
        longest_chain=lambda: _LONGEST_CHAIN,
        server_root="CSMSRootCertificate",
        not_taken="InvalidChargingStationCertificate",
        asks_with={"certificateType": "ChargingStationCertificate"},
    )
    return Certificates(station, customs, SecurityLog(station), jobs)


def list_ids(store: Certificates, request: Payload) -> Payload:
    """GetInstalledCertificateIds; without a type it is all of them."""
    wanted = request.get("certificateType")
    found = [
        {
            "certificateType": each.use,
            "certificateHashData": store.hash_data(each, store.algorithm),
        }
        for each in store.installed
        if wanted is None or each.use in wanted
    ]
    if not found:
        return {"status": "NotFound"}
    return {"status": "Accepted", "certificateHashDataChain": found}
