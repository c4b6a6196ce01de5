"""A sealed log in memory, and the evidence of one plainly fictitious case."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connector.canonical import canonical_json
from connector.case import Sender
from connector.ledger.chain import GENESIS, entry_bytes, link
from connector.ledger.entry import Draft, Entry, EntryKind
from connector.ledger.export import Proof
from connector.ledger.note import Checkpoint, Note, PublicKey, SigningKey, keys_document
from connector.ledger.tree import EMPTY_ROOT, Frontier, leaf_hash, root
from connector.reports.evidence import (
    Evidence,
    Gone,
    Side,
    Term,
    Write,
    custodian,
    decisions,
    known_acts,
    seen_by,
    steps,
)
from connector.rules.visibility import Audience, privacy_of
from connector.services.deadlines import deadlines
from tests.unit.report_kit import BOOK, Story, at

KEY = SigningKey(
    name="nhat-ky.phanhoi.example", secret=Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
)
ORIGIN = "phanhoi.example/nhat-ky"
BEGAN = datetime(2026, 11, 1, 1, tzinfo=UTC)
SENT_AT = datetime(2026, 11, 20, 2, tzinfo=UTC)


def drafts(count: int) -> list[Draft]:
    """So many drafts of several kinds, cases and systems."""
    kinds = (EntryKind.OBSERVED, EntryKind.PLANNED, EntryKind.SENT, EntryKind.DONE)
    return [
        Draft(
            kind=kinds[number % 4],
            system=("register", "national_portal", "government_portal")[number % 3],
            case_id=number // 4 + 1,
            delivery_id=None if number % 4 == 0 else number // 4 + 1,
            data={"attempt": number % 4},
        )
        for number in range(count)
    ]


def chain(drafted: Sequence[Draft], began: datetime = BEGAN) -> list[Entry]:
    """The entries, a minute apart."""
    found: list[Entry] = []
    head = GENESIS
    for number, draft in enumerate(drafted):
        found += link([draft], head, began + timedelta(minutes=number))
        head = replace(GENESIS, seq=found[-1].seq, hash=found[-1].hash)
    return found


def leaves(entries: Sequence[Entry]) -> list[bytes]:
    return [leaf_hash(entry_bytes(one)) for one in entries]


def checkpoint(entries: Sequence[Entry], size: int, when: datetime = SENT_AT, before: int = 0) -> str:
    """The signed note over the first entries."""
    hashes = leaves(entries)
    told = Checkpoint(
        origin=ORIGIN,
        size=size,
        root=root(hashes[:size]),
        time=when,
        previous_size=before,
        previous_root=root(hashes[:before]) if before else EMPTY_ROOT,
    )
    return str(Note(text=told.text(), signatures=(KEY.sign(told.text()),)))


def proof(entries: Sequence[Entry], size: int | None = None, earlier: Sequence[int] = ()) -> Proof:
    """A proof over the first entries, with the earlier checkpoints at those sizes."""
    size = len(entries) if size is None else size
    return Proof(
        origin=ORIGIN,
        size=size,
        checkpoint=checkpoint(entries, size, before=earlier[-1] if earlier else 0),
        timestamp=None,
        earlier=tuple((one, checkpoint(entries, one, BEGAN)) for one in earlier),
        keys=keys_document(ORIGIN, [PublicKey(name=KEY.name, public=KEY.public, valid_from=BEGAN)]),
    )


def roots(lines: list[dict[str, Any]]) -> dict[int, bytes]:
    """The root at every size that a reader of the file passes, computed from the file alone."""
    frontier, found = Frontier(), {}
    for line in lines:
        if "entry" in line:
            fields = {name: value for name, value in line["entry"].items() if name != "hash"}
            assert hashlib.sha256(canonical_json(fields)).hexdigest() == line["entry"]["hash"]
            assert line["entry"]["seq"] == frontier.size + 1
            frontier.append(leaf_hash(canonical_json(fields)))
        elif "gap" in line:
            first, last, nodes = line["gap"]
            assert first == frontier.size + 1
            for level, value in nodes:
                frontier.append_subtree(level, bytes.fromhex(value))
            assert frontier.size == last
        found[frontier.size] = frontier.root
    return found


# ---- the evidence of one case -------------------------------------------------------------------------------

OFFICER = "can.bo.mau"


def story() -> Story:
    return (
        Story(57).received("2026-10-05").handed_over("2026-10-06").result("2026-10-07").answered("2026-10-28")
    )


def told() -> dict[str, Any]:
    """What register and portal tell."""
    here = story().case()
    assert here.header is not None
    sender = Sender(name="Nguyễn Văn Mẫu", phone="0900000000", anonymous=False)
    acts = tuple(
        replace(act, officer=OFFICER, text=f"Lời của {act.kind}, số {place}")
        for place, act in enumerate(here.acts)
    )
    here = replace(here, header=replace(here.header, sender=sender), acts=acts)
    there = replace(here, system="national_portal", ref="PA-2026-57", acts=acts[:2])
    return {"register": here, "national_portal": there}


def log_of_case(writes: int) -> list[Draft]:
    found = [Draft(kind=EntryKind.OBSERVED, system="register", case_id=57, data={"observation_id": 1})]
    for number in range(1, writes + 1):
        facts: dict[str, Any] = {"system": "national_portal", "case_id": 57, "delivery_id": number}
        found += [
            Draft(kind=EntryKind.PLANNED, **facts, data={"intent": "append"}),
            Draft(kind=EntryKind.SENT, **facts, data={"attempt": 1}),
            Draft(kind=EntryKind.WAITING, **facts, data={"code": "PH-302", "attempt": 1}),
            Draft(kind=EntryKind.SENT, **facts, data={"attempt": 2}),
            Draft(kind=EntryKind.DONE, **facts, data={"ref": "PA-2026-57"}),
        ]
    return [
        *found,
        Draft(
            kind=EntryKind.DOUBT_DECIDED,
            system="national_portal",
            case_id=57,
            delivery_id=1,
            actor="cli/mau",
            data={"officer_id": OFFICER, "basis_code": "12/QD-VP"},
        ),
    ]


def evidence(audience: Audience = Audience.EXPORT, *, writes: int = 2, **changed: Any) -> Evidence:
    sides, entries = told(), tuple(chain(log_of_case(writes)))
    here = sides["register"]
    privacy = privacy_of(here)
    acts = known_acts(sides, {}, audience, privacy)
    found = Evidence(
        number=57,
        code=here.code,
        origin="register:57",
        audience=audience,
        privacy=privacy,
        header=seen_by(here, audience, privacy).header,
        agency=custodian(here),
        sides=tuple(
            Side(system=s, ref=c.ref, status=c.status.value, acts=len(c.acts)) for s, c in sides.items()
        ),
        acts=acts,
        writes=tuple(
            Write(
                id=number,
                target="national_portal",
                intent="append",
                act_kind="accepted",
                state="done",
                key=f"{number:08d}-0000-4000-8000-000000000000",
                steps=steps(entries, number),
            )
            for number in range(1, writes + 1)
        ),
        decisions=decisions(entries, acts),
        terms=tuple(
            Term(clock=one.clock, state=one.state) for one in deadlines(here, BOOK, at("2026-11-20"))
        ),
        gone=(Gone(owner="case/57", part="contact", at=at("2026-11-19")),),
        end=None,
        entries=entries,
        proof=proof(entries),
        made_at=SENT_AT,
        officer=OFFICER,
    )
    return replace(found, **changed)
