"""The disk: the table's file and its backups."""
