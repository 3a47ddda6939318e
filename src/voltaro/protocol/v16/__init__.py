"""OCPP 1.6 messages: wire types to domain events, replies to wire types."""
