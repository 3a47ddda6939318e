"""How a simulated OCPP 2.0.1 or 2.1 station obeys: one module per functional block."""

from voltaro.testing.controller201.controller import Controller201

__all__ = ["Controller201"]
