"""What a simulated 2.0.1 station knows about tokens: its local list and its cache (blocks C, D)."""

from dataclasses import dataclass, field

from voltaro.testing.clock import Clock
from voltaro.testing.controller201.device_model import LIST_HOLDS
from voltaro.testing.controller201.variables import Variables
from voltaro.testing.known_token import KnownToken, known_token
from voltaro.testing.link import Payload

_LIST = "LocalAuthListCtrlr"


@dataclass(slots=True)
class Tokens:
    """The list goes before the cache; tokens are compared in any case."""

    variables: Variables
    clock: Clock
    list_version: int = 0
    local_list: dict[str, KnownToken] = field(default_factory=dict)
    cache: dict[str, KnownToken] = field(default_factory=dict)

    def group_of(self, token: str) -> str | None:
        known = self._known(token)
        return None if known is None else known.group

    def knows(self, token: str) -> bool | None:
        """Accepted without asking, where LocalPreAuthorize allows it; None: ask."""
        known = self._known(token)
        if known is None or not self._says("AuthCtrlr", "LocalPreAuthorize"):
            return None
        return known.is_accepted(self.clock.now()) or None

    def admits_offline(self, token: str) -> bool:
        if not self._says("AuthCtrlr", "LocalAuthorizeOffline"):
            return False
        known = self._known(token)
        return known is None or known.is_accepted(self.clock.now())

    def learn(self, token: str, reply: Payload) -> None:
        """Keep what an answer said."""
        told = reply.get("idTokenInfo")
        if told and "status" in told:
            self.cache[token.lower()] = _read(told)

    def clear_cache(self, _request: Payload) -> Payload:
        """ClearCache."""
        self.cache.clear()
        return {"status": "Accepted"}

    def tell_version(self, _request: Payload) -> Payload:
        """GetLocalListVersion: 0 where there is no list."""
        return {"versionNumber": self.list_version if self._says(_LIST, "Enabled") else 0}

    def take_list(self, request: Payload) -> Payload:
        """SendLocalList."""
        entries: list[Payload] = request.get("localAuthorizationList", [])
        differential = request["updateType"] == "Differential"
        if differential and request["versionNumber"] <= self.list_version:
            return {"status": "VersionMismatch"}
        names = [entry["idToken"]["idToken"].lower() for entry in entries]
        told = {
            name: _read(entry["idTokenInfo"])
            for name, entry in zip(names, entries, strict=True)
            if "idTokenInfo" in entry
        }
        kept = self.local_list if differential else {}
        updated = {name: known for name, known in kept.items() if name not in names} | told
        if (
            not self._says(_LIST, "Enabled")
            or len(set(names)) < len(names)
            or (not differential and len(told) < len(names))
            or len(entries) > int(self.variables[_LIST, "ItemsPerMessage"])
            or len(updated) > LIST_HOLDS
        ):
            return {"status": "Failed"}
        self.local_list, self.list_version = updated, request["versionNumber"]
        self.variables[_LIST, "Entries"] = str(len(updated))
        return {"status": "Accepted"}

    def _says(self, component: str, variable: str) -> bool:
        return self.variables[component, variable] == "true"

    def _known(self, token: str) -> KnownToken | None:
        name = token.lower()
        listed = self.local_list.get(name) if self._says(_LIST, "Enabled") else None
        return self.cache.get(name) if listed is None else listed


def _read(told: Payload) -> KnownToken:
    """From an idTokenInfo."""
    return known_token(
        told["status"], told.get("groupIdToken", {}).get("idToken"), told.get("cacheExpiryDateTime")
    )
