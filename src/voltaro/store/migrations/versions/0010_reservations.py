"""Reservations, through their whole life."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reservations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("reservation_id", sa.BigInteger(), nullable=False),
        sa.Column("evse_id", sa.Integer()),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("group_token", sa.Text()),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.Column("transaction_id", sa.Uuid()),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_reservations"),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(
        "ix_reservations_open",
        "reservations",
        ["station_id", "id"],
        postgresql_where=sa.text("is_open"),
    )
    op.create_index("ix_reservations_station_id_id", "reservations", ["station_id", "id"])
    op.create_index(
        "ix_reservations_station_id_reservation_id",
        "reservations",
        ["station_id", "reservation_id"],
    )
    op.create_index(
        "ix_reservations_station_id_expires_at", "reservations", ["station_id", "expires_at"]
    )
    # Ids on the wire: from 1 on, never one that a signed 32 bit number cannot hold.
    op.execute("CREATE SEQUENCE reservation_ids START 1 MAXVALUE 2147483647 CYCLE")
