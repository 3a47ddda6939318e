"""Events that need somebody are found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_monitoring_events_received_at",
        "monitoring_events",
        ["received_at"],
        postgresql_where=sa.text("severity <= 3"),
    )
