"""The journal and the other tables, in SQL."""
