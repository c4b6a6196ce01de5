"""What the sender may ask at any time: how far the case is (NĐ 20/2008 Đ12.2).

The proof of being the sender is the receipt's SHA-256, handed out at T1. It is the hash of all that was handed in, so it
cannot be guessed, has to be stored nowhere else, comes again with every repeat of the same message, and by the table
of visibility nobody but intake and unit ever sees it.
"""

import hmac
from typing import Any

from adapters.register.database import one
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.service.reading import read_document
from adapters.register.service.scope import Scope
from adapters.register.showing import visible
from connector.case import ActKind
from connector.rules.visibility import Audience

_TO_THE_SENDER = frozenset(
    {ActKind.REFUSED, ActKind.SUPPLEMENT_REQUESTED, ActKind.LAPSED, ActKind.LATE_NOTICE, ActKind.ANSWERED}
)
"""Acts whose text speaks to the sender; of the others only the kind, the time and the agency are told."""


async def status(scope: Scope, code: str, proof: str) -> dict[str, Any]:
    """State, dates, agency, answer, and what is asked of the sender; no official is named.

    Raises:
        RegisterRefused: NOT_FOUND alike for an unknown code and a wrong proof.
    """
    async with scope.database.connection() as conn:
        case = await read_document(conn, scope.masters, code)
        agency = await one(conn, "agency_name", code=case["agency"])
    if case["code"] != code or not _proves(case, proof):
        raise RegisterRefused(Code.NOT_FOUND)
    seen = visible(case, Audience.SENDER)
    steps = [_step(act) for act in seen["acts"]]
    waiting = case["state"] == "CHO_BO_SUNG"
    return {
        **{name: seen[name] for name in ("code", "state", "submitted_at", "received_at", "due_at", "private", "agency")},
        "agency_name": agency["name"] if agency else None,
        "asked": next((step for step in reversed(steps) if step["kind"] == "supplement_requested"), None)
        if waiting
        else None,
        "answer": next((step for step in reversed(steps) if step["kind"] == "answered"), None),
        "steps": steps,
    }  # fmt: skip


def _proves(case: dict[str, Any], proof: str) -> bool:
    receipts = [act["details"].get("receipt_sha256", "") for act in case["acts"] if act["kind"] == "received"]
    local = case["origin_system"] is None
    return local and any(hmac.compare_digest(receipt, proof.lower()) for receipt in receipts if receipt)


def _step(act: dict[str, Any]) -> dict[str, Any]:
    told = ActKind(act["kind"]) in _TO_THE_SENDER
    return {
        "kind": act["kind"],
        "at": act["at"],
        "agency": act["agency"],
        "text": act["text"] if told else None,
        "due_at": act["details"].get("due_at") if told else None,
    }
