"""Changed mapping files, taken while the program runs: read whole, checked whole, judged, then in force at once; or refused.

A change is taken up once the files stand still for one look, so that a folder which is being copied is not read half. What
is checked is what was read. What it would rewrite is counted before it is in force, under the guard for mass changes, just
as at the start; a flow that the guard holds waits for a person. A change that has errors changes nothing: the version
before stays in force, and the refused one is kept with its problems for the page and the log. Rule packs and calendars
stand in days that are computed already, so a change that touches them waits for a restart, whole.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from connector.app import read_mappings
from connector.errors import MappingFileError, UserError
from connector.ledger.entry import EntryKind
from connector.mapping import MappingSet
from connector.mapping.folder import Folder, look
from connector.mapping.policy import Policy
from connector.rules.book import RuleBook
from connector.store import mapping_versions
from connector.store.locks import only_one
from connector.sync.context import Context
from connector.sync.rewrite import MAPPINGS, judge_changes

log = structlog.get_logger(__name__)

_LOCK = "mappings"


def of_rules(name: str) -> bool:
    """Whether a file of the folder belongs to the rules: packs, calendars, which channel follows which."""
    return name == "rules.toml" or name.startswith(("rule_packs/", "calendars/"))


class MappingWatch:
    """Looks at the mappings folder of one process, and takes what changes there into its context.

    With ``follows`` it judges nothing and keeps nothing: it takes what another process has brought into force.
    """

    def __init__(self, ctx: Context, root: Path, *, follows: bool = False) -> None:
        self._ctx = ctx
        self._root = root
        self._follows = follows
        self._taken: Folder | None = None
        self._last: object = None
        self._handled: object = None

    async def begin(self, rewritten: Mapping[str, int] | None = None) -> None:
        """Remember what this process started with; a version that nobody kept yet is kept, with an entry.

        Args:
            rewritten: target → cases that it would rewrite, as judged at the start; None: it was not judged.
        """
        self._handled = self._last = await asyncio.to_thread(look, self._root)
        self._taken = await asyncio.to_thread(Folder.read, self._root)
        if rewritten is not None:
            await self._keep(self._taken, "in_force", cases=sum(rewritten.values()))

    async def run(self, stop: asyncio.Event) -> None:
        """Look again and again until ``stop``."""
        every = self._ctx.settings.work.mappings_every_s
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), every or None)
            if not stop.is_set():
                await self.look()

    async def look(self) -> None:
        """Take a change that stands still since the look before."""
        with suppress(FileNotFoundError):  # a file went away between its listing and its look
            told = await asyncio.to_thread(look, self._root)
            if told not in (self._handled, self._last):
                self._last = told
            elif told != self._handled and await self._take():
                self._handled = told

    async def _take(self) -> bool:
        """Whether this look is dealt with; False while another process deals with it."""
        async with only_one(self._ctx.db, _LOCK) as mine:
            if not mine:
                return False
            try:
                folder = await asyncio.to_thread(Folder.read, self._root)
                if self._taken is not None and folder.digest == self._taken.digest:
                    return True
                return await (self._follow(folder) if self._follows else self._judge(folder))
            except UserError as error:
                log.warning("mappings_refused", code=error.code, problems=len(error.problems))
        return True

    async def _follow(self, folder: Folder) -> bool:
        """Take what is in force already; anything else is looked at again."""
        async with self._ctx.db.reading() as conn:
            newest = await mapping_versions.newest(conn, "in_force")
        if newest is None or newest.digest != folder.digest:
            return False
        mappings, policy = await asyncio.to_thread(checked, folder, ())
        self._ctx.mappings, self._ctx.policy, self._taken = mappings, policy, folder
        return True

    async def _judge(self, folder: Folder) -> bool:
        try:
            mappings, policy = await asyncio.to_thread(checked, folder, tuple(self._ctx.systems))
        except UserError as error:
            await self._keep(folder, "refused", problems=error.problems)
            raise
        if self._taken is not None and _rules(folder) != _rules(self._taken):
            await self._keep(folder, "restart")
            log.warning("mappings_wait_for_restart", digest=folder.digest)
            return True
        candidate = replace(self._ctx, mappings=mappings, policy=policy)
        rewritten = await judge_changes(candidate, {MAPPINGS: folder.digest}, beside=self._ctx)
        await self._keep(folder, "in_force", cases=sum(rewritten.values()))
        self._ctx.mappings, self._ctx.policy, self._taken = mappings, policy, folder
        log.warning("mappings_in_force", digest=folder.digest, cases=dict(rewritten))
        return True

    async def _keep(
        self, folder: Folder, state: str, *, cases: int | None = None, problems: tuple[str, ...] = ()
    ) -> None:
        """Keep a version, once, with its entry; the one in force again after a refused one is no new version."""
        async with self._ctx.db.unit() as unit:
            same = await mapping_versions.newest(unit.conn, "in_force" if state == "in_force" else None)
            if same is not None and (same.digest, same.state) == (folder.digest, state):
                return
            number = await mapping_versions.keep(
                unit.conn,
                folder.files,
                digest=folder.digest,
                state=state,
                at=self._ctx.clock.now(),
                actor=unit.actor,
                cases=cases if same is not None else None,
                problems=problems,
            )
            if state == "in_force":
                unit.record(
                    EntryKind.MAPPING_LOADED, number=number, digest=folder.digest, files=len(folder.files)
                )
            else:
                unit.record(
                    EntryKind.MAPPING_REFUSED,
                    number=number,
                    digest=folder.digest,
                    state=state,
                    problems=len(problems),
                )


def checked(folder: Folder, systems: tuple[str, ...]) -> tuple[MappingSet, Policy]:
    """Read a folder exactly as it was seen, with its rule files.

    Args:
        folder: the files.
        systems: those that must have a mapping.

    Raises:
        MappingFileError, RuleFileError: with every problem of one kind of file.
    """
    with TemporaryDirectory() as parent:
        root = folder.write(Path(parent))
        mappings, policy = read_mappings(root)
        RuleBook.load(root)
    missing = sorted(set(systems) - set(mappings.mappings))
    if missing:
        problems = tuple(
            f"{folder.name}/{name}: không có ánh xạ của hệ thống / the system has no mapping"
            for name in missing
        )
        msg = f"{len(problems)} hệ thống không có ánh xạ / {len(problems)} system(s) without a mapping"
        raise MappingFileError(msg, problems=problems)
    return mappings, policy


def _rules(folder: Folder) -> dict[str, bytes]:
    return {name: data for name, data in folder.files.items() if of_rules(name)}
