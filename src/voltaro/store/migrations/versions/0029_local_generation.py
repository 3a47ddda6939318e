"""Whether a limit of others is what is generated on the spot."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("charging_limits", sa.Column("local_generation", sa.Boolean(), nullable=True))
