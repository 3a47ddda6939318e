"""Streams of values that stations opened."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_streams",
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("stream_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("monitor_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_id"],
            ["stations.station_id"],
            name="fk_event_streams_station_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("station_id", "stream_id", name="pk_event_streams"),
    )
