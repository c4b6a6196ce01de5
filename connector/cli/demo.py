"""``phanhoi demo``: the main job, running, on the embedded database and both portal twins."""

import typer

from connector.cli.serve import PASS_ON, run_program


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(name="demo", context_settings=PASS_ON, help="Chạy thử toàn bộ / the whole, running")(demo)


def demo(context: typer.Context) -> None:
    """Start everything, play citizens and officials, and compare the systems (``--help`` shows the options)."""
    raise SystemExit(run_program("connector.demos", "demo", context.args))
