"""OCPP on the wire: text and dataclasses in and out, no sockets."""
