"""What the program tells of itself to those who run it: metrics, readiness, traces. Never personal data."""
