"""Which events of a transaction never came, and why it sent the newest one."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("transactions", sa.Column("trigger_reason", sa.Text()))
    op.add_column("transactions", sa.Column("first_seq_no", sa.BigInteger()))
    op.add_column("transactions", sa.Column("missing_seq_nos", sa.Text()))
