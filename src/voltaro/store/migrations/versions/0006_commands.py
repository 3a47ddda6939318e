"""What operators asked of stations, and what came of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commands",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("record", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_commands"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ix_commands_station_id_id", "commands", ["station_id", "id"])
    op.create_index("ix_commands_open", "commands", ["id"], postgresql_where=sa.text("is_open"))
    op.create_index("ix_commands_created_at", "commands", ["created_at"])
