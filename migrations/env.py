"""Runs the migrations, for the server at start and for `alembic` on the command line.

Each migration is one transaction, its tables and triggers included, so that a start cut off half-way can be repeated.
"""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from rowlock.settings import Settings
from rowlock.store import tables  # noqa: F401  (its import fills the metadata)
from rowlock.store.database import begin_by_hand

url = context.config.attributes.get("url") or Settings().journal_url
engine = create_engine(url, poolclass=NullPool)
begin_by_hand(engine, "BEGIN IMMEDIATE")
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
