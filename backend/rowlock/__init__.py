"""Rowlock: a row-locking collaborative editor for a CSV file, with event sourcing."""
