"""Voltaro, an EV-charging backend: stations speak OCPP to it, operators REST."""

__version__ = "0.1.0"
