"""Events of the device model."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "monitoring_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.BigInteger()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_trusted", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("component_instance", sa.Text()),
        sa.Column("evse_id", sa.Integer()),
        sa.Column("connector_id", sa.Integer()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text()),
        sa.Column("value", sa.Text()),
        sa.Column("trigger", sa.Text()),
        sa.Column("origin", sa.Text()),
        sa.Column("cleared", sa.Boolean(), nullable=False),
        sa.Column("tech_code", sa.Text()),
        sa.Column("tech_info", sa.Text()),
        sa.Column("monitor_id", sa.BigInteger()),
        sa.Column("severity", sa.BigInteger()),
        sa.Column("station_ref", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_monitoring_events"),
    )
    op.create_index(
        "uq_monitoring_events", "monitoring_events", ["station_id", "event_id", "at"], unique=True
    )
    op.create_index("ix_monitoring_events_station_id_id", "monitoring_events", ["station_id", "id"])
