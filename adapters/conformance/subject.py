"""What a promise is tried on: one adapter, its remote, and the hand of everybody else who uses that remote."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from connector.mapping import Mapping
from connector.system import Operation, System

PAGE_SIZE = 2
"""A subject's system must be set to give at most so many records a page."""

NAME = "Đỗ Thị Dấu Vết"
PHONE = "0900000123"
CONTENT = "Nội dung mang dấu vết riêng để tìm trong mọi thông báo lỗi."
MARKERS = (NAME, "Dấu Vết", PHONE, "dấu vết riêng")
"""Planted by the subject as sender and content of every case and creation; no error text may hold them."""

FILE = b"%PDF-1.7\n" + bytes(range(256)) * 3
"""Bytes that any change of encoding or line ends would spoil."""


class NotApplicable(Exception):
    """A promise has nothing to hold on to here; the text says why, in Vietnamese and English."""


@dataclass(frozen=True, kw_only=True)
class Live:
    """A system that is in use, real or not: it may be read, and nothing else.

    Attributes:
        system: the adapter as it is configured.
        mapping: the mapping in force.
    """

    system: System
    mapping: Mapping


class Subject(Protocol):
    """One adapter on its remote, and the hand of everybody else who uses that remote.

    Attributes:
        system: the adapter with a good account, at most :data:`PAGE_SIZE` records a page.
        mapping: the mapping of that system.
        agency: code of our agency, which the remote's catalogue must know.
    """

    system: System
    mapping: Mapping
    agency: str

    # ---- the remote, by its own means (control interface, own API), never through the adapter ----

    async def born(self) -> str:
        """A case for our agency appears, with the planted markers and :data:`FILE` as its one file; its ref."""
        ...

    async def happen(self, ref: str) -> None:
        """Something happens to the case that the system tells us. May be asked for again."""
        ...

    async def let_time_pass(self) -> None:
        """A few seconds go by for the remote and the adapter, so that a remote that tells time coarsely is done."""
        ...

    async def cases(self) -> int:
        """How many cases the remote holds."""
        ...

    async def acts(self, ref: str) -> int:
        """How many acts the remote holds of a case."""
        ...

    async def files(self, ref: str) -> frozenset[str]:
        """SHA-256 of the files that the remote holds of a case."""
        ...

    async def waiting(self) -> int | None:
        """How many items wait unconfirmed in our queue; None if the system has no queue."""
        ...

    async def lose_reply(self, operation: Operation, *, committed: bool) -> None:
        """The next call of this operation gets no answer: after its effect, or before it had any."""
        ...

    # ---- other clients ----

    def stranger(self) -> System:
        """The adapter with an account that the remote refuses."""
        ...

    async def knocks(self) -> int:
        """How many times the remote was asked to let :meth:`stranger` in."""
        ...

    def nowhere(self) -> System:
        """The adapter with an address where nobody listens."""
        ...

    # ---- writes, each with a fresh key; texts hold the markers ----

    def create(self) -> Operation:
        """File a new case."""
        ...

    def append(self, ref: str) -> Operation:
        """Add an act that the state of a new-born case allows."""
        ...

    def forbidden(self, ref: str) -> Operation:
        """Do what the state of a new-born case does not allow."""
        ...

    async def send_file(self, content: bytes) -> Operation:
        """A write that carries one file with this content; what it needs beforehand is done."""
        ...


Promise = Callable[[Subject], Awaitable[None]]
SafePromise = Callable[[Live], Awaitable[None]]
"""A promise that is tried by reading alone."""
