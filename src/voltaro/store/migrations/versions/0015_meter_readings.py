"""Meter readings: what a station measured at one instant is one row, not one for each value."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SAMPLES = """
    CREATE VIEW meter_samples AS
    SELECT station_id, evse_id, transaction_id, received_at, sampled_at,
        measurand, value, unit, phase, context, location, raw
    FROM meter_values
    UNION ALL
    SELECT r.station_id, r.evse_id, r.transaction_id, r.received_at, r.sampled_at,
        s.measurand, s.value, s.unit, s.phase,
        coalesce(s.context, 'Sample.Periodic'), coalesce(s.location, 'Outlet'), s.raw
    FROM meter_readings r CROSS JOIN LATERAL json_to_recordset(r.samples)
        AS s (measurand text, value numeric, unit text, phase text, context text, location text,
              raw text)
"""


def upgrade() -> None:
    op.create_table(
        "meter_readings",
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("evse_id", sa.Integer(), nullable=True),
        sa.Column("transaction_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sampled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("samples", sa.JSON(), nullable=False),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.create_index(
        "ix_meter_readings_transaction",
        "meter_readings",
        ["station_id", "transaction_id", "sampled_at"],
    )
    op.execute("CREATE TABLE meter_readings_default PARTITION OF meter_readings DEFAULT")
    op.execute(_SAMPLES)
