"""Variables as OCPP 2.x reports them, and how much of a report is here."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stations", sa.Column("inventory_firmware", sa.Text()))
    for column in (
        sa.Column("attribute", sa.Text(), server_default="actual", nullable=False),
        sa.Column("persistent", sa.Boolean()),
        sa.Column("constant", sa.Boolean()),
        sa.Column("data_type", sa.Text()),
        sa.Column("unit", sa.Text()),
        sa.Column("min_limit", sa.Numeric()),
        sa.Column("max_limit", sa.Numeric()),
        sa.Column("max_elements", sa.BigInteger()),
        sa.Column("values_list", sa.Text()),
        sa.Column("supports_monitoring", sa.Boolean()),
        sa.Column("request_id", sa.BigInteger()),
    ):
        op.add_column("station_variables", column)
    op.create_table(
        "station_reports",
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("covers_all", sa.Boolean(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("following", sa.BigInteger(), nullable=False),
        sa.Column("ahead", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("last", sa.BigInteger()),
        sa.PrimaryKeyConstraint("station_id", "request_id", name="pk_station_reports"),
        sa.ForeignKeyConstraint(
            ["station_id"],
            ["stations.station_id"],
            name="fk_station_reports_station_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_station_reports_begun_at", "station_reports", ["begun_at"])
