"""A stand-in of the national portal: stateful, seeded, strict; real HTTP (national-portal contract §10).

It shares no code with the client. ``main`` runs it as a program, :func:`running` inside a test's event loop.
"""

from adapters.national_portal.twin.cli import main
from adapters.national_portal.twin.profile import Profile
from adapters.national_portal.twin.server import Running, running
from adapters.national_portal.twin.settings import Settings
from adapters.national_portal.twin.twin import Twin
from adapters.twin_kit.switches import ProfileError

__all__ = ["Profile", "ProfileError", "Running", "Settings", "Twin", "main", "running"]
