"""Wire types generated from the JSON schemas of the `ocpp` package (see `tools/generate_wire.py`).

The types of 2.1 also serve 2.0.1 connections. Compared with 2.0.1, 2.1 only adds: properties,
enum values, ranges and lengths, one required property (optional in the types, see `RELAXED`), and
it widens six integers to numbers. `decode` consults the schema of the negotiated version where
that makes a difference; whoever writes an answer to 2.0.1 leaves out what 2.1 added.

Weaker than their schemas: null passes for an absent property, a JSON string for a decimal,
decimals have no range or step, custom data no required property. Stronger: integers have 64 bits.
"""

import msgspec


class Wire(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """What every message and nested type of the wire shares.

    Objects are trees decoded from or written to JSON, never cyclic, so the garbage collector
    need not track them.
    """
