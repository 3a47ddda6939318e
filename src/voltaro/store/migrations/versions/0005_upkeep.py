"""Retention and size caps, which turned out to need no schema of their own."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing: partitions and the indexes that upkeep needs are there since 0001 and 0004."""
