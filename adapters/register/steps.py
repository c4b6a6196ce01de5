"""A command in its surroundings, with the guards that several commands share. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from adapters.register.commands import Command, NewAct
from adapters.register.directory import Directory
from adapters.register.refusals import Code, WorkflowRefused
from adapters.register.states import CaseState
from connector.case import ActKind
from connector.clock import LOCAL_ZONE


@dataclass(frozen=True, kw_only=True)
class Step:
    """A command in its surroundings, with the guards that several commands share."""

    state: CaseState
    command: Command
    directory: Directory

    @property
    def today(self) -> date:
        """The civil day of the command."""
        return self.command.at.astimezone(LOCAL_ZONE).date()

    @property
    def agency(self) -> str:
        """The acting agency."""
        return self.command.agency or self.state.agency

    def need_text(self) -> str:
        """The command's text; refused if there is none but spaces."""
        if not (self.command.text or "").strip():
            raise WorkflowRefused(Code.TEXT_MISSING)
        return self.command.text or ""

    def act(self, kind: ActKind, text: str | None = None, **details: str | None) -> NewAct:
        """An act of this command; details that are None are left out."""
        return NewAct(
            kind=kind,
            at=self.command.at,
            agency=self.agency,
            officer=self.command.officer,
            text=text,
            details={name: value for name, value in details.items() if value is not None},
            attachments=self.command.attachments,
        )

    def by_sender(self, act: NewAct) -> NewAct:
        """The act, without an agency if the sender did it rather than an official typing for them."""
        return act if act.officer else replace(act, agency=None)

    def due(self) -> str | None:
        """The due instant as kept in an act's details; refused if not later than now."""
        due = self.command.due_at
        if due is not None and due <= self.command.at:
            raise WorkflowRefused(Code.DUE_IN_PAST)
        return None if due is None else due.isoformat()

    def receiver(self, code: str | None, *, allow_self: bool = False) -> str:
        """The receiving agency, known and active today; a closed one is refused with its successor (R19)."""
        if not code:
            raise WorkflowRefused(Code.RECEIVER_MISSING)
        if code not in self.directory.agencies:
            raise WorkflowRefused(Code.RECEIVER_UNKNOWN, code)
        if not self.directory.active(code, self.today):
            successor = self.directory.successor(code, self.today)
            raise WorkflowRefused(Code.RECEIVER_INACTIVE, f"{code} → {successor}" if successor else code)
        if code == self.state.agency and not allow_self:
            raise WorkflowRefused(Code.RECEIVER_IS_SENDER, code)
        return code

    def province_holder(self) -> str:
        """Who holds the province role today."""
        holder = self.directory.province_holder(self.today)
        if holder is None:
            raise WorkflowRefused(Code.NO_PROVINCE_ROLE)
        return holder


Acts = Callable[[Step], tuple[NewAct, ...]]
