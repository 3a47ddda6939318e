"""OCPP 2.0.1 and 2.1 messages: wire types to domain events, replies to wire types."""
