"""What an answer means: the table of government-portal contract §8.7 as one decision.

Order of the questions, which is the point of this module:

1. Was the work done, whatever else the answer says? Ids in a failed answer are looked for first: a retry would
   otherwise do the work twice.
2. Is it a Fault (technical) or a Report (business)?
3. Cannot it be read? Then a write is in doubt and a read has failed; it is never an empty list.
"""

from collections.abc import Mapping
from typing import Any, Final

from adapters.government_portal.envelope import IDS_OF_WORK, Answer, Fault
from connector.errors import (
    Conflict,
    ConnectorError,
    ContractDrift,
    CredentialsRefused,
    InDoubt,
    NotOurs,
    Permanent,
    Transient,
    Unreadable,
)

NAME: Final = "government_portal"

FAULTS: Final[Mapping[str, type[ConnectorError]]] = {
    "wsse:FailedAuthentication": CredentialsRefused,
    "wsse:InvalidSecurity": CredentialsRefused,
    "wsse:InvalidSecurityToken": CredentialsRefused,
    "wsse:MessageExpired": CredentialsRefused,
    "wsse:FailedCheck": CredentialsRefused,
    "MALFORMED_XML": Permanent,
    "SCHEMA_INVALID": Permanent,
    "UNKNOWN_OPERATION": ContractDrift,
    "UNSUPPORTED_VERSION": ContractDrift,
    "MustUnderstand": ContractDrift,
    "VersionMismatch": ContractDrift,
    "TOO_LARGE": Permanent,
    "BUSY": Transient,
    "INTERNAL": Transient,
    "DOWNSTREAM_UNAVAILABLE": Transient,
}
"""Fault code to class. The three transient ones are safe for a write: the same MessageId is sent again (§8.7)."""

REPORTS: Final[Mapping[str, type[ConnectorError]]] = {
    "REQUIRED": Permanent,
    "OUT_OF_RANGE": Permanent,
    "INVALID_VALUE": Permanent,
    "TYPE_MISMATCH": Permanent,
    "NOT_AUTHORIZED_FOR_CASE": NotOurs,
    "SENDER_MISMATCH": NotOurs,
    "UNKNOWN_CASE": NotOurs,
    "UNKNOWN_ORGAN": Permanent,
    "STATE_CONFLICT": Conflict,
    "DEADLINE_RULE": Conflict,
    "ATTACHMENT_TYPE": Permanent,
    "ATTACHMENT_HASH": Permanent,
    "ATTACHMENT_MISSING": Permanent,
    "ATTACHMENT_INFECTED": Permanent,
}
"""Report code to class; a code that is not here is a refusal (Permanent) that shows its name."""

DUPLICATE: Final = "DUPLICATE"


class UnreadableReply(Unreadable):
    """An answer that cannot be read as the contract says; ``raw`` is what came, for the evidence."""

    raw: bytes = b""


def judge(said: Answer | Fault, *, write: bool, tolerant: bool = False) -> Answer:
    """The answer, if it proves success.

    Args:
        tolerant: hand a successful answer back even if it breaks the schema; the caller deals with its problems.

    Raises:
        ConnectorError: the class that §8.7 gives; the text holds codes, field names and ids only.
    """
    if isinstance(said, Fault):
        raise of_fault(said, write=write)
    if done_all_the_same(said):
        return said
    if said.success or is_duplicate(said):
        return said if tolerant else _readable(said, write=write)
    if "IsSuccess" not in said.report:
        raise unreadable(said.operation, "the Report says neither yes nor no", write=write, raw=said.raw)
    raise of_report(said)


def is_duplicate(answer: Answer) -> bool:
    """The portal had taken this very message before: success, with the ids of the first time."""
    return answer.report.get("Duplicate") is True or DUPLICATE in answer.codes


def done_all_the_same(answer: Answer) -> bool:
    """A failed or half unreadable answer that carries the id which only the finished work could have given."""
    flawed = bool(answer.problems) or not answer.success
    return flawed and bool(IDS_OF_WORK.get(answer.operation)) and bool(answer.ids)


def unreadable(
    operation: str, reason: str, *, write: bool, passing: bool = False, raw: bytes = b""
) -> ConnectorError:
    """The error for an answer that cannot be understood.

    Args:
        write: the operation may have had an effect.
        passing: the fault may be gone at the next try (a broken page from a proxy), unlike a contract that drifted.
    """
    msg = f"{NAME}: the answer to {operation} cannot be read ({reason})"
    if write:
        return InDoubt(msg, system=NAME, operation=operation, reason=reason)
    if passing:
        return Transient(msg, system=NAME, operation=operation, reason=reason)
    error = UnreadableReply(msg, system=NAME, operation=operation, reason=reason)
    error.raw = raw
    return error


def passing(error: ConnectorError) -> Transient:
    """The same trouble where nothing can have been changed by it: simply later again."""
    facts: dict[str, Any] = dict(error.detail)
    return Transient(error.message, **facts)


def of_fault(fault: Fault, *, write: bool) -> ConnectorError:
    """The error that a Fault stands for."""
    facts: dict[str, Any] = {
        "system": NAME,
        "operation": fault.operation,
        "fault": fault.code,
        "trace_id": fault.trace_id,
    }
    msg = f"{NAME}: {fault.operation} ended in the fault {fault.code}"
    if fault.ids:
        return InDoubt(f"{msg}, though it names {', '.join(sorted(fault.ids))}", **facts, **fault.ids)
    kind = FAULTS.get(fault.code)
    if kind is not None:
        return kind(msg, **facts)
    if fault.retryable is False or (fault.retryable is None and fault.sender):
        return Permanent(msg, **facts)
    # an unknown fault of the server says nothing about whether the write took effect
    return InDoubt(msg, **facts) if write else Transient(msg, **facts)


def of_report(answer: Answer) -> ConnectorError:
    """The error that a failed Report stands for; of several codes the one that retrying helps least decides."""
    kinds = {REPORTS.get(code, Permanent) for code in answer.codes} or {Permanent}
    kind = next(kind for kind in (NotOurs, Permanent, Conflict) if kind in kinds)
    current = answer.data.get("CurrentStatus", {})
    msg = f"{NAME}: {answer.operation} was refused ({', '.join(answer.codes) or 'no code'})"
    facts: dict[str, Any] = {
        "system": NAME,
        "operation": answer.operation,
        "codes": answer.codes,
        "fields": answer.paths,
        "status": current.get("Status"),
    }
    return kind(msg, **{name: value for name, value in facts.items() if value})


def of_status(operation: str, status: int, *, write: bool) -> ConnectorError | None:
    """What an HTTP status says when the body holds no SOAP message; None if it says nothing of its own."""
    msg = f"{NAME}: {operation} was answered with HTTP {status} and no SOAP message"
    facts: dict[str, Any] = {"system": NAME, "operation": operation, "status": status}
    if status in {401, 403, 407}:
        return CredentialsRefused(msg, **facts)
    if status in {405, 415, 501}:
        return ContractDrift(msg, **facts)
    if status == 413:
        return Permanent(msg, **facts)
    if 300 <= status < 400 or status == 404:
        # another server, a maintenance page, a wrong path: the service itself was not reached
        return Transient(msg, **facts)
    if 400 <= status < 500:
        return Permanent(msg, **facts)
    if status >= 500:
        return InDoubt(msg, **facts) if write else Transient(msg, **facts)
    return None


def _readable(answer: Answer, *, write: bool) -> Answer:
    if answer.problems:
        where = ", ".join(f"{item.where}: {item.text}" for item in answer.problems[:3])
        raise unreadable(answer.operation, where, write=write, raw=answer.raw)
    return answer
