"""Backups: the sealed file, its keys, and what it says of itself."""
