"""which events are about a row: apart from the events, brought up to date in lots"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHOLE_TABLE = sa.text("row_index IS NULL")


def upgrade() -> None:
    op.create_table(
        "row_event",
        sa.Column("row_index", BIG, autoincrement=False, nullable=False),
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("row_index", "position"),
        sqlite_with_rowid=False,
    )
    op.drop_index("ix_event_row_index", "event")
    op.create_index(
        "ix_event_whole_table",
        "event",
        ["position"],
        unique=False,
        sqlite_where=WHOLE_TABLE,
        postgresql_where=WHOLE_TABLE,
    )


def downgrade() -> None:
    op.drop_index("ix_event_whole_table", "event")
    op.create_index("ix_event_row_index", "event", ["sheet", "row_index"], unique=False)
    op.drop_table("row_event")
    op.execute("DELETE FROM mark WHERE name = 'row_events'")
