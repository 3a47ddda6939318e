"""The configuration of stations, as they reported it, and passwords that they are offered."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "stations",
        sa.Column(
            "offered_password_hashes",
            sa.ARRAY(sa.LargeBinary()),
            server_default="{}",
            nullable=False,
        ),
    )
    op.create_table(
        "station_variables",
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("component_instance", sa.Text()),
        sa.Column("evse_id", sa.Integer()),
        sa.Column("connector_id", sa.Integer()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text()),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("mutability", sa.Text()),
        sa.Column("is_unknown", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("reboot_required", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True)),
        sa.Column("set_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["station_id"],
            ["stations.station_id"],
            name="fk_station_variables_station_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("station_id", "identity", name="pk_station_variables"),
    )
    op.create_index(
        "ix_station_variables_station_id",
        "station_variables",
        ["station_id"],
        postgresql_where=sa.text("reboot_required"),
    )
