"""What the core wants to happen at a system, before any wire form: the input of :meth:`Mapping.write`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connector.case import Act, Case


class IntentKind(StrEnum):
    """The four things that one system can be asked to do with a case."""

    CREATE = "create"  # the target does not know the case yet
    UPDATE = "update"  # the sender's side changed: title, content, sender, place, question files
    APPEND = "append"  # one act more
    TIGHTEN = "tighten"  # the case became private; visibility only tightens by itself (rules §3.3.6)


@dataclass(frozen=True, kw_only=True)
class Intent:
    """One intended write.

    Attributes:
        case: the **source** side's telling, after the privacy gate (:meth:`connector.mapping.Policy.gate`).
        ref: the target's id of the case; None for a creation.
        act: the act to append; for the other kinds the act that caused the change, if one did.
        not_before: instant of the newest act that the target knows. Portals refuse acts older than that, so an
            outgoing act carries the later of its own instant and this one.
    """

    kind: IntentKind
    case: Case
    ref: str | None = None
    act: Act | None = None
    not_before: datetime | None = None

    @property
    def moment(self) -> datetime:
        """The instant that the outgoing write carries: never older than what the target knows.

        Without an act it is the newest act of the source's telling, else the submission.
        """
        own = self.act.at if self.act else max((act.at for act in self.case.acts), default=None)
        if own is None and self.case.header is not None:
            own = self.case.header.submitted_at
        instants = [item for item in (own, self.not_before) if item is not None]
        if not instants:
            msg = "an intent without act, header and not_before has no moment"
            raise ValueError(msg)
        return max(instants)
