"""Pure rules in OCPP 2.x words: events and facts in, decisions out."""
