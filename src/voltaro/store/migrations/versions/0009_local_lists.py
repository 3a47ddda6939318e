"""The local authorization lists of stations."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "local_lists",
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unanswered_version", sa.BigInteger()),
        sa.Column("reported_version", sa.BigInteger()),
        sa.Column("reported_at", sa.DateTime(timezone=True)),
        sa.Column("supported", sa.Boolean()),
        sa.Column("out_of_step", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("taken_version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("repaired_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["station_id"],
            ["stations.station_id"],
            name="fk_local_lists_station_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("station_id", name="pk_local_lists"),
    )
    op.create_table(
        "local_list_entries",
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("group_token", sa.Text()),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["station_id"],
            ["stations.station_id"],
            name="fk_local_list_entries_station_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("station_id", "key", name="pk_local_list_entries"),
    )
