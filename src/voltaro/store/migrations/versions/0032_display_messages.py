"""Messages on stations' displays."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "display_messages",
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("priority", sa.Text()),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("format", sa.Text()),
        sa.Column("language", sa.Text()),
        sa.Column("state", sa.Text()),
        sa.Column("start_at", sa.DateTime(timezone=True)),
        sa.Column("end_at", sa.DateTime(timezone=True)),
        sa.Column("station_ref", sa.Text()),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_id"],
            ["stations.station_id"],
            name="fk_display_messages_station_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("station_id", "message_id", name="pk_display_messages"),
    )
