"""Alembic's environment: migrations run as the owner, one transaction each."""

from alembic import context
from sqlalchemy import create_engine, pool

import tenants.models  # noqa: F401  # the imports fill the metadata
from ebelge.core.db import Base

url = context.config.get_main_option("sqlalchemy.url")
if url is None:
    raise SystemExit("no database URL: run migrations by `ebelge db migrate`")
engine = create_engine(url, poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
