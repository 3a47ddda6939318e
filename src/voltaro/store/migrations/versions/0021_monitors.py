"""Monitors of stations' variables."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "monitors",
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("monitor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("component_instance", sa.Text()),
        sa.Column("evse_id", sa.Integer()),
        sa.Column("connector_id", sa.Integer()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text()),
        sa.Column("kind", sa.Text()),
        sa.Column("value", sa.Numeric()),
        sa.Column("severity", sa.BigInteger(), nullable=False),
        sa.Column("in_transactions", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.Text()),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_id"],
            ["stations.station_id"],
            name="fk_monitors_station_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("station_id", "monitor_id", name="pk_monitors"),
    )
