"""Databases as earlier versions left them."""

from pathlib import Path

from alembic import command
from alembic.config import Config


def downgrade(url: str, revision: str) -> None:
    """Bring a database back to the schema of a revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).resolve().parents[2] / "migrations"))
    config.attributes["url"] = url
    command.downgrade(config, revision)
