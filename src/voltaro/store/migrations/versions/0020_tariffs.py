"""Tariffs, where they are in force, and what sessions cost."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tariffs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("terms", JSONB(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.PrimaryKeyConstraint("name", name="pk_tariffs"),
    )
    for table in ("sites", "stations"):
        op.add_column(table, sa.Column("tariff", sa.Text()))
        op.create_foreign_key(f"fk_{table}_tariff", table, "tariffs", ["tariff"], ["name"])
    op.add_column("transactions", sa.Column("tariff", JSONB()))
    op.add_column(
        "transactions",
        sa.Column("shows_cost", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column("transactions", sa.Column("cost_minor", sa.BigInteger()))
    op.add_column("transactions", sa.Column("cost_currency", sa.CHAR(3)))
    op.add_column("transactions", sa.Column("cost_lines", JSONB()))
