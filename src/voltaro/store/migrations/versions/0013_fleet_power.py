"""The power of the fleet, minute by minute; new kinds of deviations are found by time."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fleet_power",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("power_w", sa.BigInteger(), nullable=False),
        sa.Column("sessions_open", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("at", name="pk_fleet_power"),
    )
    op.create_index("ix_deviations_first_at", "deviations", ["first_at"])
