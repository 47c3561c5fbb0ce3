"""sums of minutes, also of those whose numbers are there"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Alike in SQLite and PostgreSQL; timestamps are milliseconds after 1970.
MINUTE = "timestamp / 60000 * 60000"


def upgrade() -> None:
    op.execute(
        "INSERT INTO number_minute (timestamp, count, min, max, mean) "
        f"SELECT {MINUTE}, count(*), min(value), max(value), avg(value) FROM number "
        f"WHERE {MINUTE} NOT IN (SELECT timestamp FROM number_minute) GROUP BY {MINUTE}"
    )


def downgrade() -> None:
    op.execute(f"DELETE FROM number_minute WHERE timestamp IN (SELECT {MINUTE} FROM number)")
