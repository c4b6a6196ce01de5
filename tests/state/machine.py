"""The state machine: people, faults and processes in any order, with the oracle's word after each step."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connector.case import REGISTER
from connector.errors import (
    Conflict,
    CredentialsRefused,
    InDoubt,
    Permanent,
    Transient,
    Unreachable,
)
from connector.system import Verdict
from tests.integration.core_mapping import GOVERNMENT, NATIONAL, SYSTEMS
from tests.state.oracle import INWARD, OUTWARD
from tests.state.town import Town, town

PORTALS = (NATIONAL, GOVERNMENT)
INNER = ("note", "withdrawn", "made_private", "restricted", "reminded")
WRITE_ERRORS = {
    "doubt": InDoubt("reply lost"),
    "busy": Transient("busy", retry_after_s=5),
    "away": Unreachable("no route"),
    "account": CredentialsRefused("password expired"),
    "state": Conflict("not in this state"),
    "refused": Permanent("refused"),
    "bug": RuntimeError("a bug of the adapter"),
}
READ_ERRORS = {
    "busy": Transient("busy"),
    "away": Unreachable("no route"),
    "account": CredentialsRefused("password expired"),
    "doubt": InDoubt("cut off"),
    "refused": Permanent("refused"),
    "bug": RuntimeError("a bug of the adapter"),
}

systems = st.sampled_from(SYSTEMS)
picks = st.integers(0, 3)
deaths = st.one_of(st.none(), st.integers(1, 20))
flows = st.sampled_from(("observe", "settle", "deliver", "deliver", "refresh", "sweep"))
doings = st.one_of(
    st.tuples(st.just(REGISTER), picks, st.sampled_from((*sorted(OUTWARD), *INNER))),
    st.tuples(st.sampled_from(PORTALS), st.integers(0, 1), st.sampled_from((*sorted(INWARD), "reminded"))),
)
"""Who does what on which case."""


class CoreMachine(RuleBasedStateMachine):
    """One example: a town from its founding to its rest. ``new_url`` gives a fresh database."""

    new_url: Callable[[], str]
    tally: dict[str, int]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.folder = TemporaryDirectory(prefix="connector-state-")
        self.town: Town | None = None
        self.failed = False

    def go(self, doing: Coroutine[Any, Any, object]) -> None:
        """Run it; after a failure nothing more is asked of the town."""
        try:
            self.loop.run(doing)
        except BaseException:
            self.failed = True
            raise

    @property
    def here(self) -> Town:
        assert self.town is not None
        return self.town

    @initialize(
        rows=st.booleans(), idempotent=st.booleans(), echoes=st.booleans(), page=st.sampled_from((2, 100))
    )
    def found(self, *, rows: bool, idempotent: bool, echoes: bool, page: int) -> None:
        async def enter() -> None:
            made = town(
                type(self).new_url(),
                Path(self.folder.name),
                rows=rows,
                idempotent=idempotent,
                echoes=echoes,
                page_size=page,
            )
            self.town = await self.stack.enter_async_context(made)

        self.go(enter())
        for system in SYSTEMS:
            self.here.birth(system)
        self.go(self.here.round())
        for pick in range(len(SYSTEMS)):
            self.here.act(REGISTER, pick, "accepted")

    # ---- people ---------------------------------------------------------------------------------------------

    @rule(system=systems, nature=st.sampled_from(("conduct", "conduct", "denunciation")))
    def somebody_writes(self, system: str, nature: str) -> None:
        self.here.birth(system, nature)

    @rule(doings=st.lists(doings, min_size=1, max_size=3))
    def people_act(self, doings: list[tuple[str, int, str]]) -> None:
        for system, pick, kind in doings:
            self.here.act(system, pick, kind)

    @rule(
        system=systems, pick=picks, name=st.sampled_from(("title", "content")), value=st.sampled_from("ABC")
    )
    def sender_corrects(self, system: str, pick: int, name: str, value: str) -> None:
        self.here.edit(system, pick, name, f"Nội dung {value}")

    @rule(system=systems, pick=picks)
    def somebody_hides(self, system: str, pick: int) -> None:
        self.here.hide(system, pick)

    @rule(system=systems, flow=st.sampled_from(("observe:", "deliver:", "", None)), whole=st.booleans())
    def operators_meddle(self, system: str, flow: str | None, *, whole: bool) -> None:
        self.here.remap(whole=whole)
        if flow is None:
            self.go(self.here.resume_all())
        else:
            self.go(self.here.pause(f"flow:{flow}{system}" if flow else f"system:{system}"))

    # ---- faults, each with the hour in which it strikes -------------------------------------------------------

    @rule(
        doing=doings,
        system=systems,
        error=st.sampled_from(("late", "doubt", "doubt", *sorted(WRITE_ERRORS))),
        times=st.integers(1, 2),
        after_effect=st.booleans(),
        dies_at=deaths,
        seconds=st.sampled_from((1, 25, 4000)),
    )
    def writes_fail(
        self,
        doing: tuple[str, int, str],
        system: str,
        error: str,
        times: int,
        *,
        after_effect: bool,
        dies_at: int | None,
        seconds: int,
    ) -> None:
        # only an unknown outcome may hide an effect; any other answer says that there was none
        lost = after_effect and error in ("doubt", "bug")
        if error == "late":
            self.here.systems[system].late += 1
        else:
            self.here.systems[system].fail(WRITE_ERRORS[error], times=times, after_effect=lost)
        self.people_act([doing])
        self.go(self.here.round(dies_at))
        self.go(self.here.clock(seconds))

    @rule(
        system=systems,
        error=st.sampled_from(("unknown", *sorted(READ_ERRORS))),
        on=st.sampled_from(("changes", "page", "fetch", "find", "find")),
    )
    def reads_fail(self, system: str, error: str, on: str) -> None:
        if error == "unknown":
            self.here.systems[system].verdicts.append(Verdict.UNKNOWN)
        else:
            self.here.systems[system].fail(READ_ERRORS[error], on=on)
        self.go(self.here.round())

    @rule(
        system=systems,
        pick=picks,
        how=st.sampled_from(("again", "stale", "omitted", "outdated", "torn", "garbled", "reversed")),
        dies_at=deaths,
    )
    def tellings_are_odd(self, system: str, pick: int, how: str, dies_at: int | None) -> None:
        if how == "reversed" and system != REGISTER:
            self.here.systems[system].reversed_pages ^= True
        self.here.odd(system, pick, how)
        self.go(self.here.run("observe", system, dies_at=dies_at))

    @rule(seconds=st.sampled_from((-5, 1, 25, 600, 90000)))
    def time_jumps(self, seconds: int) -> None:
        self.go(self.here.clock(seconds))

    # ---- processes ------------------------------------------------------------------------------------------

    @rule(flow=flows, system=systems, dies_at=deaths)
    def process(self, flow: str, system: str, dies_at: int | None) -> None:
        self.go(self.here.run(flow, system, dies_at=dies_at))

    @rule(
        doings=st.lists(doings, min_size=1, max_size=3),
        dies_at=deaths,
        dying=st.sampled_from(("observe", "settle", "deliver")),
    )
    def everything_runs(self, doings: list[tuple[str, int, str]], dies_at: int | None, dying: str) -> None:
        self.people_act(doings)
        self.go(self.here.round(dies_at, dying))

    @rule(
        flow=st.sampled_from(("observe", "settle", "deliver")),
        other=st.sampled_from(("observe", "settle", "deliver")),
        system=systems,
        meets_at=st.integers(1, 8),
    )
    def two_processes(self, flow: str, other: str, system: str, meets_at: int) -> None:
        self.go(self.here.run(flow, system, meets_at=meets_at, other=other))

    # ---- what must hold ---------------------------------------------------------------------------------------

    @invariant()
    def nothing_went_wrong(self) -> None:
        if self.town is not None:
            self.go(self.town.check())

    def teardown(self) -> None:
        try:
            if self.town is not None and not self.failed:
                self.go(self.town.finish())
        finally:
            if self.town is not None:
                self.tally["examples"] += 1
                self.tally["steps"] += self.town.steps
                self.tally["deaths"] += self.town.deaths
            self.loop.run(self.stack.aclose())
            self.loop.close()
            self.folder.cleanup()
