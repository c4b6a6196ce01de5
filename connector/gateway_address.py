"""What the gateway says of itself to whoever asks; apart from it, so that asking loads no web server."""

ALIVE = b'{"ok":true,"service":"phanhoi"}'
"""At ``/healthz`` and ``/readyz``: it tells over the public address that it leads to us, and nothing else."""
NOT_READY = b'{"ok":false,"service":"phanhoi"}'
