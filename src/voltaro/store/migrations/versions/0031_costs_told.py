"""What came of a station's latest CostUpdated is found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_commands_cost_updated",
        "commands",
        ["station_id", "id"],
        postgresql_where=sa.text("name = 'cost_updated'"),
    )
