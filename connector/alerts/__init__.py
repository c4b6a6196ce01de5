"""Alerts, pure: what is wrong now, what of it has to be told again, and how it reads. No I/O, no clock."""
