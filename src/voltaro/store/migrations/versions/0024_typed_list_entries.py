"""Of which type the tokens on local lists are, as stations of 2.x were told them."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("local_list_entries", sa.Column("type", sa.Text()))
