"""The mirror of charging profiles holds what stations report: any company, and whose limit it is."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # 2.x allows several of one place, purpose and stack level, with validities apart (K01.FR.06).
    op.drop_constraint("pk_installed_profiles", "installed_profiles")
    op.drop_constraint("uq_installed_profiles_station_id_profile_id", "installed_profiles")
    op.create_primary_key(
        "pk_installed_profiles", "installed_profiles", ["station_id", "profile_id"]
    )
    op.add_column(
        "installed_profiles",
        sa.Column("limit_source", sa.Text(), server_default="CSO", nullable=False),
    )
    op.add_column("installed_profiles", sa.Column("reported_in", sa.BigInteger()))
