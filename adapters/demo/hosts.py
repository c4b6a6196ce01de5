"""Hosts for a rehearsal on one machine: network namespaces on a bridge, each with a cable that can be pulled.

Processes in a namespace have their own interface, address and routes; what they send crosses a virtual cable to the
bridge, where register, portals and database listen. A pulled cable is a pulled cable: nobody is told, packets are gone.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Self

from connector.errors import ConnectorError


class NoHosts(ConnectorError):
    """Hosts cannot be made here: it takes root, the right to administer the network, and Debian's ``iproute2``."""

    code = "PH-912"
    next_step = (
        "Chạy bằng root trên máy Linux có `ip` (gói iproute2) và quyền quản trị mạng.",
        "Run it as root on a Linux machine with `ip` (package iproute2) and the right to administer its network.",
    )
    exit_status = 2


def why_not() -> str | None:
    """Why no hosts can be made here; None if they can."""
    if os.geteuid() != 0:
        return "not root"
    if shutil.which("ip") is None:
        return "no `ip` (package iproute2)"
    probe = f"phprobe{os.getpid() % 10_000}"
    try:
        _ip("netns", "add", probe)
    except NoHosts as error:
        return error.message
    _ip("netns", "del", probe)
    return None


class Hosts:
    """So many hosts, gone when the block ends.

    Attributes:
        address: of the machine itself in their network.
        network: theirs, in CIDR notation; of the range that is set aside for such trials (RFC 2544).
        names: of the namespaces.
    """

    def __init__(self, count: int) -> None:
        tag = os.getpid()
        self._bridge = f"ph{tag % 100_000}"
        block = f"198.{18 + tag // 256 % 2}.{tag % 256}"
        self.network, self.address = f"{block}.0/24", f"{block}.1"
        self.names = tuple(f"{self._bridge}-{number}" for number in range(1, count + 1))
        self.addresses = tuple(f"{block}.{10 + number}" for number in range(1, count + 1))
        self._mac = f"02:00:5e:{tag >> 16 & 255:02x}:{tag >> 8 & 255:02x}:{tag & 255:02x}"
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        if (reason := why_not()) is not None:
            raise NoHosts(reason)
        with ExitStack() as undo:
            # an address of its own: else it takes that of a cable, and with that cable pulled nobody finds it
            self._make(
                *("link", "add", self._bridge, "address", self._mac, "type", "bridge"),
                undo=("link", "del", self._bridge),
                at=undo,
            )
            _ip("addr", "add", f"{self.address}/24", "dev", self._bridge)
            _ip("link", "set", self._bridge, "up")
            for number in range(len(self.names)):
                self._host(number, undo)
            self._stack = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _host(self, number: int, undo: ExitStack) -> None:
        name, cable = self.names[number], self._cable(number)
        self._make("netns", "add", name, undo=("netns", "del", name), at=undo)
        # the far end vanishes with its namespace, and the near end with it
        _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", cable, "master", self._bridge, "up")
        _ip("-n", name, "addr", "add", f"{self.addresses[number]}/24", "dev", "eth0")
        _ip("-n", name, "link", "set", "eth0", "up")
        _ip("-n", name, "link", "set", "lo", "up")

    @staticmethod
    def _make(*words: str, undo: Sequence[str], at: ExitStack) -> None:
        _ip(*words)
        at.callback(_quietly, *undo)

    def _cable(self, number: int) -> str:
        return f"{self._bridge}v{number}"

    def within(self, number: int) -> tuple[str, ...]:
        """The command that runs another one on a host."""
        return ("ip", "netns", "exec", self.names[number])

    def cut(self, number: int) -> None:
        """Pull the cable of a host."""
        _ip("link", "set", self._cable(number), "nomaster", "down")

    def heal(self, number: int) -> None:
        """Plug it in again."""
        _ip("link", "set", self._cable(number), "master", self._bridge, "up")


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)  # noqa: S603, S607  # as root, fixed words
    if done.returncode:
        raise NoHosts(done.stderr.strip() or f"ip {words[0]} failed")


def _quietly(*words: str) -> None:
    with suppress(NoHosts):
        _ip(*words)
