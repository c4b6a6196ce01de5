"""One visit: who asks for what, in which language. And what a handler may answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO

from connector.clock import LOCAL_ZONE
from connector.console.access.accounts import Accounts
from connector.console.access.door import Door, Visitor
from connector.console.access.rights import Right
from connector.console.access.sso import SingleSignOn
from connector.console.access.tokens import Tokens
from connector.console.counted import Counted
from connector.console.spent import Spent
from connector.errors import AccessDenied, NotFoundError, NotSignedIn, UserError
from connector.reports.names import Names
from connector.services.report_desk import ReportDesk
from connector.settings import Settings
from connector.store import case_list, cases
from connector.store.database import Database
from connector.store.leaf import K, Place
from connector.sync.context import Context
from connector.sync.retention import RetentionPlan
from connector.texts import Lang, say

HIGHEST = 2**63 - 1
"""Numbers beyond this the database cannot hold, so nothing has one."""


def names_of(ctx: Context, day: date) -> Names:
    """The shared lists of the mappings in force, as of a day."""
    return Names(agencies=ctx.mappings.agencies, fields=ctx.mappings.fields, day=day)


@dataclass(frozen=True, kw_only=True)
class Site:
    """What all visits share. ``due``: what is kept too long; ``sso``: None: there is no single sign-on."""

    ctx: Context
    url: str
    door: Door
    accounts: Accounts
    tokens: Tokens
    due: Counted[RetentionPlan]
    reports: ReportDesk
    secure: bool
    sso: SingleSignOn | None = None

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.ctx.settings

    @property
    def names(self) -> Names:
        """The agencies and fields as people call them today, by the mappings in force."""
        today = self.ctx.clock.now().astimezone(LOCAL_ZONE).date()
        return names_of(self.ctx, today)

    @property
    def db(self) -> Database:
        """The database."""
        return self.ctx.db


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request, checked: rights were demanded before a handler sees it.

    Attributes:
        path: values of the places in the route's path.
        query: what stands behind the question mark.
        form: what was sent; empty for a reading.
        csrf: the token that the next form has to carry.
        back: the address of the page, to come back to.
        key: the idempotency key that a program sent.
        verifier: what this browser keeps of a sign-in that is under way at the provider.
        spent: what its time goes on.
    """

    site: Site
    visitor: Visitor | None
    lang: Lang
    address: str
    csrf: str
    back: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    verifier: str | None = None
    spent: Spent = field(default_factory=Spent)

    @property
    def actor(self) -> str:
        """The account that acts."""
        return self.who.name

    @property
    def who(self) -> Visitor:
        """Who is signed in, wholly or half.

        Raises:
            NotSignedIn: nobody.
        """
        if self.visitor is None:
            msg = "nobody is signed in"
            raise NotSignedIn(msg)
        return self.visitor

    @property
    def rights(self) -> frozenset[Right]:
        """What the visitor may do."""
        return self.visitor.rights if self.visitor else frozenset({Right.ANYONE})

    def demand(self, right: Right) -> None:
        """Let nobody through who may not.

        Raises:
            NotSignedIn, AccessDenied: accordingly.
        """
        if right in self.rights:
            return
        if self.visitor is None or self.visitor.stage != "full":
            msg = "nobody is signed in"
            raise NotSignedIn(msg)
        role = self.visitor.account.role
        if self.visitor.token is not None:
            msg = f"mã truy cập (vai trò {role}) không có phạm vi {right.value} / the token has no such scope"
        else:
            msg = f"vai trò {role} không có quyền {right.value} / the role has no such right"
        raise AccessDenied(msg)

    def demand_person(self) -> None:
        """Let no token through: passwords, sessions and tokens are a person's.

        Raises:
            AccessDenied: a token came.
        """
        if self.visitor is not None and self.visitor.token is not None:
            msg = "việc này chỉ làm được khi đăng nhập, không bằng mã truy cập / a person does this, no token"
            raise AccessDenied(msg)

    @property
    def within(self) -> tuple[str, ...] | None:
        """The agencies that the account is limited to; None: all."""
        agencies = self.visitor.account.agencies if self.visitor else ()
        return agencies or None

    @property
    def done(self) -> str:
        """Key of the text on what was done just before; empty: nothing."""
        return self.query.get("done", "")

    async def case_id(self, name: str) -> int:
        """The number of a case that this visitor may see.

        Raises:
            NotFoundError: there is none, or it is another agency's: nobody learns which.
        """
        async with self.site.db.reading() as conn:
            found = await cases.find(conn, name)
        return await self.seen(found, name)

    async def numbered_case(self, place: str) -> int:
        """The same by our number alone, which stands in the path. Raises as :meth:`case_id`."""
        return await self.seen(self.number(place), self.path[place])

    async def seen(self, number: int | None, name: str) -> int:
        """The same for a case that something else named. Raises as :meth:`case_id`."""
        async with self.site.db.reading() as conn:
            known, agency = await case_list.agency_of(conn, number) if number is not None else (False, None)
        if number is None or not known or (self.within is not None and agency not in self.within):
            msg = f"không có hồ sơ nào tên {name[:60]} / no case is known as {name[:60]}"
            raise NotFoundError(msg)
        return number

    def number(self, name: str) -> int:
        """A number in the path.

        Raises:
            NotFoundError: it is none that anything has.
        """
        text = self.path[name]
        if text.isascii() and text.isdigit() and 0 < int(text) <= HIGHEST:
            return int(text)
        msg = f"nothing has the number {text[:20]}"
        raise NotFoundError(msg)

    def asked(self, name: str) -> str | None:
        """A value behind the question mark, or None."""
        return self.query.get(name, "").strip() or None

    def asked_of(self, name: str, known: tuple[str, ...]) -> str | None:
        """The same, one of the known ones.

        Raises:
            UserError: another.
        """
        value = self.asked(name)
        if value is not None and value not in known:
            msg = f"{name}: one of {', '.join(known)}"
            raise UserError(msg)
        return value

    def asked_number(self, name: str) -> int | None:
        """The same, a number.

        Raises:
            UserError: it is none.
        """
        value = self.asked(name)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and int(value) <= HIGHEST):
            msg = f"{name}: a number is needed"
            raise UserError(msg)
        return int(value)

    def place(self, rows: int) -> Place[int]:
        """The leaf of a list that is asked for, of so many rows; a place in the list is a number.

        Raises:
            UserError: no number, or both sides of one.
        """
        return _one_sided(
            Place(before=self.asked_number("before"), after=self.asked_number("after"), most=rows + 1)
        )

    def marked_place(self, rows: int) -> Place[str]:
        """The same of a list in which a place is a mark. Raises as :meth:`place`."""
        return _one_sided(Place(before=self.asked("before"), after=self.asked("after"), most=rows + 1))

    def given(self, name: str) -> str:
        """A field of the form, without blanks around it; empty if it was left out."""
        return self.form.get(name, "").strip()

    def given_day(self, name: str) -> date | None:
        """A day in the form, or None if it was left out.

        Raises:
            UserError: it is none.
        """
        value = self.given(name)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            msg = f"{name}: a day is needed (YYYY-MM-DD)"
            raise UserError(msg) from None

    def say(self, key: str, **args: object) -> str:
        """A text of the catalogue in the visitor's language."""
        return say(key, self.lang, **args)


def _one_sided(at: Place[K]) -> Place[K]:
    if at.before is not None and at.after is not None:
        msg = "before, after: chỉ một trong hai / only one of both"
        raise UserError(msg)
    return at


@dataclass(frozen=True, kw_only=True)
class Done:
    """An action is done: where the browser goes next, which text it shows there, and what the JSON twin tells.

    ``cookie``: the value of a new session cookie; empty: it is taken away.
    """

    to: str
    told: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    cookie: str | None = None


@dataclass(frozen=True, kw_only=True)
class Handed:
    """An action whose outcome is a file to keep; its JSON twin hands over the same. ``kind``: its media type."""

    name: str
    kind: str
    file: BinaryIO


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An action whose outcome is a page of its own, and the same as JSON."""

    template: str
    model: Any
