"""Use cases: from what a station or an operator says to what is durable."""
