"""Sockets of stations: handshake, frames, order, liveness."""
