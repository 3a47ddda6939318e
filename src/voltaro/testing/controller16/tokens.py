"""What a station knows about tokens: the local list and the cache (1.6 §3.5, §5.4, §5.10, §5.15)."""

from dataclasses import dataclass, field

from voltaro.testing.clock import Clock
from voltaro.testing.controller16.configuration import Configuration
from voltaro.testing.known_token import KnownToken, known_token
from voltaro.testing.link import Payload


@dataclass(slots=True)
class Tokens:
    """The local list goes before the cache; tokens are compared in any case."""

    configuration: Configuration
    clock: Clock
    list_version: int = 0
    local_list: dict[str, KnownToken] = field(default_factory=dict)
    cache: dict[str, KnownToken] = field(default_factory=dict)

    def group_of(self, token: str) -> str | None:
        entry = self._entry(token)
        return None if entry is None else entry.group

    def knows(self, token: str) -> bool | None:
        """Accepted without asking, where LocalPreAuthorize allows it; None: ask."""
        entry = self._entry(token)
        if not self.configuration.says("LocalPreAuthorize") or entry is None:
            return None
        # A token that is not valid by the list is asked about all the same (§3.5.3).
        return entry.is_accepted(self.clock.now()) or None

    def admits_offline(self, token: str) -> bool:
        if not self.configuration.says("LocalAuthorizeOffline"):
            return False
        entry = self._entry(token)
        if entry is None:
            return self.configuration.says("AllowOfflineTxForUnknownId")
        return entry.is_accepted(self.clock.now())

    def learn(self, token: str, reply: Payload) -> None:
        """Keep what an answer said in the cache."""
        told = reply.get("idTagInfo")
        if told and "status" in told and self.configuration.says("AuthorizationCacheEnabled"):
            self.cache[token.lower()] = _read(told)

    def clear_cache(self, _request: Payload) -> Payload:
        """ClearCache."""
        if not self.configuration.says("AuthorizationCacheEnabled"):
            return {"status": "Rejected"}
        self.cache.clear()
        return {"status": "Accepted"}

    def tell_version(self, _request: Payload) -> Payload:
        """GetLocalListVersion: -1 where there is no list, 0 for an empty one."""
        return {"listVersion": self.list_version if self._has_list() else -1}

    def take_list(self, request: Payload) -> Payload:
        """SendLocalList."""
        entries: list[Payload] = request.get("localAuthorizationList") or []
        differential = request["updateType"] == "Differential"
        if not self._has_list():
            return {"status": "NotSupported"}
        if differential and request["listVersion"] <= self.list_version:
            return {"status": "VersionMismatch"}
        names = [entry["idTag"].lower() for entry in entries]
        told = {
            name: _read(entry["idTagInfo"])
            for name, entry in zip(names, entries, strict=True)
            if "idTagInfo" in entry
        }
        kept = self.local_list if differential else {}
        updated = {name: entry for name, entry in kept.items() if name not in names} | told
        if (
            len(set(names)) < len(names)
            or (not differential and len(told) < len(names))
            or len(entries) > self.configuration.number("SendLocalListMaxLength")
            or len(updated) > self.configuration.number("LocalAuthListMaxLength")
        ):
            return {"status": "Failed"}
        self.local_list, self.list_version = updated, request["listVersion"]
        return {"status": "Accepted"}

    def _has_list(self) -> bool:
        return self.configuration.says("LocalAuthListEnabled")

    def _entry(self, token: str) -> KnownToken | None:
        name = token.lower()
        listed = self.local_list.get(name) if self._has_list() else None
        return self.cache.get(name) if listed is None else listed


def _read(told: Payload) -> KnownToken:
    """From an idTagInfo."""
    return known_token(told["status"], told.get("parentIdTag"), told.get("expiryDate"))
