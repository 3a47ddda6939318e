"""The REST API: one file per resource, on HTTP."""
