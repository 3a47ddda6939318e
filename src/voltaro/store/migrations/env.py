"""Alembic's entry: run the revisions on the connection that `store.engine` hands over."""

from alembic import context

from voltaro.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
