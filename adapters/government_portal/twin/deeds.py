"""What citizens and the portal's own officials do: the other half of the move table. Pure but for the clock given."""

from datetime import datetime
from typing import Any

from adapters.government_portal.twin import moves
from adapters.government_portal.twin.catalogue import Directory
from adapters.government_portal.twin.shapes import case_ref, envelope
from adapters.government_portal.twin.state import Portal, PortalCase, Row, StoredFile, Tree
from adapters.twin_kit.control import Forbidden


class Deeds:
    """The portal's own acts on cases. Each appends one history row and, where §8.5 has an event, one queue item."""

    def __init__(self, portal: Portal, directory: Directory) -> None:
        self.portal = portal
        self.directory = directory

    def open_case(self, case: PortalCase, *, queue: bool = True, cause: dict[str, str] | None = None) -> None:
        """Take a case in: NEW when it was submitted, ASSIGNED when the agency got it.

        Args:
            case: with ``submitted_at`` and ``assigned_at`` set.
            queue: whether a CASE item tells the agency; not for a case that the agency itself filed.
            cause: Extra items of both rows (the MessageId of a SubmitCase).
        """
        assigned = case.assigned_at or case.submitted_at
        extra = cause or {}
        office = self.directory.portal_organ if queue else case.organ
        self.portal.write(case, "NEW", "NEW", organ=office, at=case.submitted_at, extra=dict(extra))
        row = self.portal.write(case, "ASSIGNED", "ASSIGNED", organ=office, at=assigned, extra=dict(extra))
        self.portal.add(case)
        if queue:
            row.extra["ItemId"] = self.echo(case)

    def echo(self, case: PortalCase) -> str:
        """Queue a CASE item for the organ that holds the case; gives its id."""
        return self.portal.enqueue(case, "CASE", envelope(case), tuple(case.files), self.portal.now()).id

    def child(self, case: PortalCase, organ: str, reason: str | None) -> PortalCase:
        """The new case that a transfer opens at the other agency (§8.6: "02 + new case")."""
        now = max(self.portal.now(), case.current.at)
        other = PortalCase(
            id=str(self.portal.number("case")),
            own_code=None,
            channel=case.channel,
            submitter_type=case.submitter_type,
            sender=dict(case.sender),
            title=case.title,
            content=case.content,
            kind=case.kind,
            organ=organ,
            submitted_at=case.submitted_at,
            assigned_at=now,
            field_code=case.field_code,
            field_name=case.field_name,
            procedure=case.procedure,
            place=dict(case.place),
            instruction=reason,
            parent=case.id,
            private=case.private,
            publishable=case.publishable,
            files=[item for item in case.files if item.role != "ANSWER"],
        )
        self.open_case(other)
        return other

    def supplement(self, case: PortalCase, text: str, files: tuple[StoredFile, ...]) -> None:
        """The citizen sends what was missing."""
        self._require(case, case.status == "SUPPLEMENT_REQUESTED")
        self.portal.attach(case, files)
        self._event(case, "SUPPLEMENT_RECEIVED", "SUPPLEMENTED", text=text, files=files)

    def publish(self, case: PortalCase, *, anyway: bool = False) -> None:
        """Publish the answer: only a publishable one, never on a private case unless ``anyway`` (an alarm drill)."""
        answer = case.answer
        fit = answer is not None and answer.publishable and not case.private
        again = case.status == "PUBLISHED" and not case.published
        self._require(case, (case.status == "ANSWERED" or again) and (fit or anyway))
        case.published = True
        self._event(case, "PUBLISHED", "PUBLISHED")

    def unpublish(self, case: PortalCase) -> None:
        """Take the published answer off the site; the status stays."""
        self._require(case, case.published)
        case.published = False
        self._event(case, "UNPUBLISHED", None)

    def rework(self, case: PortalCase, reason: str) -> None:
        """Send the answer back for a new one."""
        self._require(case, case.status == "ANSWERED")
        case.rework_no += 1
        self._event(case, "REWORK_REQUESTED", "REWORK", text=reason, facts=[("ReworkNo", case.rework_no)])

    def recall(self, case: PortalCase, reason: str) -> None:
        """Take the case back; the agency agrees or refuses through ConfirmReceived (§8.4)."""
        self._require(case, case.status in moves.OPEN)
        case.before_recall = case.status
        case.recall_answer = None
        self._event(case, "RECALLED", "RECALLED", text=reason)

    def rate(self, case: PortalCase, *, like: bool, comment: str | None) -> None:
        """The citizen likes or dislikes the answer."""
        self._require(case, bool(case.answers))
        extra = {"Like": "true" if like else "false"}
        self._event(
            case, "RATED", None, facts=[("Like", like), ("Comment", comment)], extra=extra, note=comment
        )

    def remind(self, case: PortalCase, text: str) -> None:
        """The portal's office asks where the answer stays."""
        self._require(case, case.status in moves.OPEN)
        self._event(case, "REMINDED", None, text=text)

    def change_due(self, case: PortalCase, due_at: datetime) -> None:
        """A new due instant."""
        self._require(case, case.status in moves.OPEN)
        case.due_at = due_at
        self._event(case, "DUE_CHANGED", None, facts=[("NewDueAt", due_at)], new_due=due_at)

    def transfer(self, case: PortalCase, organ: str, reason: str) -> PortalCase:
        """The portal's office moves the case to another agency: this thread ends, a new one opens there."""
        returned = case.status == "RETURNED_VPCP"
        self._require(
            case, returned or "TRANSFERRED" in moves.allowed(case.status, before_request=case.before_request)
        )
        other = self.child(case, organ, reason)
        if not returned:
            at = self.portal.portal_instant(case, "TRANSFERRED")
            self.portal.write(
                case,
                "TRANSFERRED",
                "TRANSFERRED",
                organ=self.directory.portal_organ,
                at=at,
                reason=reason,
                extra={"ToOrgan": organ},
            )
        return other

    def close(self, case: PortalCase) -> None:
        """The portal closes a published case, or one whose answer may not be published. No event tells it (§8.5)."""
        answer = case.answer
        private = answer is not None and not answer.publishable
        self._require(case, case.status == "PUBLISHED" or (case.status == "ANSWERED" and private))
        at = self.portal.portal_instant(case, "CLOSED")
        self.portal.write(case, "CLOSED", "CLOSED", organ=self.directory.portal_organ, at=at)

    def _require(self, case: PortalCase, fits: bool) -> None:
        if not fits:
            msg = f"the case is {case.status}"
            raise Forbidden(msg)

    def _event(
        self,
        case: PortalCase,
        kind: str,
        status: str | None,
        *,
        text: str | None = None,
        files: tuple[StoredFile, ...] = (),
        facts: Tree | None = None,
        **row: Any,
    ) -> Row:
        """Write the row and queue the event; both carry the same instant. Without ``status`` the status stays."""
        action = status or kind
        at = self.portal.portal_instant(case, action)
        given = dict(facts or [])
        head: Tree = [
            ("Type", kind),
            ("CaseRef", case_ref(case)),
            ("OccurredAt", at),
            ("Text", text),
            *((name, given.get(name)) for name in ("Like", "Comment", "NewDueAt", "ReworkNo")),
        ]
        item = self.portal.enqueue(case, kind, head, files, self.portal.now())
        extra = {"Event": kind, "ItemId": item.id, **row.pop("extra", {})}
        reason = text[:4000] if text else None
        note = row.pop("note", None)
        return self.portal.write(
            case,
            action,
            status or case.status,
            organ=self.directory.portal_organ,
            at=at,
            moved=status is not None,
            reason=reason,
            note=note[:4000] if note else None,
            extra=extra,
            **row,
        )
