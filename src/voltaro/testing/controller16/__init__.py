"""How a simulated OCPP 1.6 station obeys: one module per functional block."""

from voltaro.testing.controller16.controller import Controller16

__all__ = ["Controller16"]
