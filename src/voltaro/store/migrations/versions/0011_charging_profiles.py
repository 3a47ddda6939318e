"""Charging profiles: templates, and what each station holds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "charging_profile_templates",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("profile", JSONB(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.PrimaryKeyConstraint("name", name="pk_charging_profile_templates"),
    )
    op.create_table(
        "installed_profiles",
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("evse_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("stack_level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("profile", JSONB(), nullable=False),
        sa.Column("station_ref", sa.Text()),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_id"],
            ["stations.station_id"],
            name="fk_installed_profiles_station_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "station_id", "evse_id", "purpose", "stack_level", name="pk_installed_profiles"
        ),
        sa.UniqueConstraint(
            "station_id", "profile_id", name="uq_installed_profiles_station_id_profile_id"
        ),
    )
