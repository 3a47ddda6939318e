"""PostgreSQL run by Voltaro itself, for whoever names no server of their own."""

from voltaro.store.embedded.client import find_client
from voltaro.store.embedded.supervisor import EmbeddedPostgres, start
from voltaro.store.embedded.trouble import DatabaseUnavailable

__all__ = ["DatabaseUnavailable", "EmbeddedPostgres", "find_client", "start"]
