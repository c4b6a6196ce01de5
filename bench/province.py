"""A province after three years: its rows as the live flow leaves them, written by COPY and sealed as in earnest.

Four cases in five are over; what is under way lies among the newest. Every telling, basis and reason is sealed under a
key of its case. The log's hashes are invented: nothing that the console lists checks them.
"""

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from connector.case import (
    REGISTER,
    Act,
    ActKind,
    Case,
    Channel,
    Header,
    Nature,
    Place,
    Sender,
    SenderKind,
    to_json,
)
from connector.mapping.agencies import AgencyList
from connector.sealing import CaseKey, MasterKeys, Wrapped
from connector.store.vault import case_owner, encode, owner_of

NATIONAL, GOVERNMENT = "national_portal", "government_portal"
YEARS = timedelta(days=3 * 365)
SLICE = 10_000
"""Cases of one transaction."""

SUBJECTS = (
    "Đường Lê Lợi ngập sâu sau mưa, xe không qua được",
    "Rác thải sinh hoạt không được thu gom tại khu phố Mẫu",
    "Chậm trả kết quả thủ tục cấp giấy chứng nhận",
    "Cơ sở giết mổ gây ô nhiễm nguồn nước thôn Ví Dụ",
    "Quán ăn trước cổng trường không bảo đảm vệ sinh",
    "Đèn đường hỏng nhiều tháng, đề nghị sửa chữa",
)
FIELDS = ("thu_tuc_hanh_chinh", "ha_tang_ky_thuat", "moi_truong", "an_toan_thuc_pham")

COURSES: Sequence[tuple[int, tuple[ActKind, ...]]] = (
    (52, (ActKind.RECEIVED, ActKind.ACCEPTED, ActKind.ASSIGNED, ActKind.ANSWERED, ActKind.CLOSED)),
    (22, (ActKind.RECEIVED, ActKind.ACCEPTED, ActKind.ANSWERED, ActKind.PUBLISHED)),
    (8, (ActKind.RECEIVED, ActKind.REFUSED)),
    (6, (ActKind.RECEIVED, ActKind.TRANSFERRED)),
    (6, (ActKind.RECEIVED, ActKind.ACCEPTED, ActKind.PROGRESS, ActKind.ANSWERED)),
)
UNDER_WAY: Sequence[tuple[int, tuple[ActKind, ...]]] = (
    (3, ()),
    (3, (ActKind.RECEIVED,)),
    (4, (ActKind.RECEIVED, ActKind.ACCEPTED)),
    (3, (ActKind.RECEIVED, ActKind.ACCEPTED, ActKind.ASSIGNED, ActKind.PROGRESS)),
    (1, (ActKind.RECEIVED, ActKind.SUPPLEMENT_REQUESTED)),
)


@dataclass(kw_only=True)
class Province:
    """What is made, and what it is made with.

    Attributes:
        cases: how many; the last twentieth is under way.
        agencies: canonical codes, busiest first.
        keys: those of each owner, as they are made.
    """

    cases: int
    now: datetime
    masters: MasterKeys
    agencies: Sequence[str]
    dice: random.Random = field(default_factory=lambda: random.Random(7))  # data, no secret
    key_rows: list[tuple[Any, ...]] = field(default_factory=list)
    _keys: dict[tuple[str, str], CaseKey] = field(default_factory=dict)

    @classmethod
    def of(cls, cases: int, now: datetime, masters: MasterKeys, directory: AgencyList) -> "Province":
        """One with the agencies of the shipped list."""
        return cls(
            cases=cases,
            now=now,
            masters=masters,
            agencies=tuple(dict.fromkeys(one.canonical for one in directory.agencies)),
        )

    def born(self, number: int) -> datetime:
        """When a case was entered: evenly over three years."""
        return self.now - YEARS + YEARS * (number / (self.cases + 1))

    def under_way(self, number: int) -> bool:
        """Is it one of the newest, that are not over?"""
        return number > self.cases - self.cases // 20

    def portal(self, number: int) -> str | None:
        """The portal that holds it too: six in ten the national one, a quarter the government's."""
        return NATIONAL if number % 20 < 12 else GOVERNMENT if number % 20 < 17 else None

    def agency(self, number: int) -> str:
        """Who has it in hand: the first agencies of the list have most of the work."""
        place = int(len(self.agencies) * (number * 2654435761 % 1000 / 1000) ** 2)
        return self.agencies[place]

    def seal(self, owner: str, part: str, case_id: int, place: str, plain: bytes) -> bytes:
        """Sealed under the owner's key, which is made if it is new."""
        key = self._keys.get((owner, part))
        if key is None:
            key, wrapped = self.masters.new_key(f"{owner}/{part}")
            self._keys[owner, part] = key
            self.key_rows.append((owner, part, case_id, wrapped.master, wrapped.blob))
        return key.seal(plain, place)

    def recall(self, conn: psycopg.Connection[Any], owners: Sequence[str]) -> None:
        """Take up the keys that were made for these owners."""
        query = "SELECT owner, part, master, blob FROM case_key WHERE owner = ANY(%s)"
        for owner, part, master, blob in conn.execute(query, (list(owners),)):
            wrapped = Wrapped(master=master, blob=blob)
            self._keys[owner, part] = self.masters.unwrap(wrapped, f"{owner}/{part}")

    def forget(self) -> list[tuple[Any, ...]]:
        """The rows of the keys made since; what they belong to is not sealed any more."""
        rows, self.key_rows = self.key_rows, []
        self._keys.clear()
        return rows


def code_of(number: int, born: datetime) -> str:
    """The register's code of a case."""
    return f"000.00.00.H56-{born:%y%m%d}-{number:06d}"


def ref_of(system: str, number: int) -> str:
    """A system's reference of a case."""
    return f"{system[0].upper()}-{number:06d}"


def _course(town: Province, number: int) -> tuple[ActKind, ...]:
    choices = UNDER_WAY if town.under_way(number) else COURSES
    return town.dice.choices([kinds for _, kinds in choices], [weight for weight, _ in choices])[0]


def _case(town: Province, number: int, system: str, kinds: Sequence[ActKind]) -> Case:
    """What a system tells of it."""
    born, agency = town.born(number), town.agency(number)
    acts = tuple(
        Act(
            id=f"{REGISTER}:{number}.{place}",
            kind=kind,
            at=born + timedelta(hours=7 * (place + 1)),
            agency=agency,
            officer="can.bo.mau",
            text="Đơn vị đã kiểm tra thực tế và xử lý theo thẩm quyền; kết quả được thông báo tới người gửi.",
            details={"agency": agency},
        )
        for place, kind in enumerate(kinds)
    )
    header = Header(
        title=SUBJECTS[number % len(SUBJECTS)],
        content=f"{SUBJECTS[number % len(SUBJECTS)]}. Đề nghị cơ quan có thẩm quyền xem xét, giải quyết. "
        * 3,
        nature=Nature.SITE,
        channel=Channel.WEB,
        sender_kind=SenderKind.CITIZEN,
        sender=Sender(name="Nguyễn Văn Mẫu", phone="0900000000", email="mau@example.com", anonymous=False),
        submitted_at=born,
        agency=agency,
        field=FIELDS[number % len(FIELDS)],
        place=Place(text="Phường Mẫu, tỉnh Thanh Hóa"),
    )
    ref = ref_of(system, number)
    return Case(
        system=system, ref=ref, code=code_of(number, born), origin=(system, ref), header=header, acts=acts
    )


@dataclass(kw_only=True)
class Rows:
    """Rows of one slice, by table and columns."""

    cases: list[tuple[Any, ...]] = field(default_factory=list)
    links: list[tuple[Any, ...]] = field(default_factory=list)
    told: list[tuple[Any, ...]] = field(default_factory=list)
    writes: list[tuple[Any, ...]] = field(default_factory=list)


CASE_COLUMNS = "case_record (id, code, origin_system, origin_ref, dirty_at, created_at, agency, field)"
LINK_COLUMNS = "link (case_id, system, ref, sealed_state, sealed_sender, sealed_baseline, status, changed_at)"
TOLD_COLUMNS = "observation (system, ref, case_id, kind, version, digest, fingerprint, media_type, sealed_raw, observed_at)"
WRITE_COLUMNS = (
    "delivery (id, case_id, target, source, intent, act_id, act_kind, key, state, attempts, next_attempt_at,"
    " error_code, sealed_error_text, sealed_operation, created_at, sent_at, finished_at, trying_since)"
)
KEY_COLUMNS = "case_key (owner, part, case_id, master, blob)"


def furnish_cases(conn: psycopg.Connection[Any], town: Province) -> None:
    """Cases, what each system told of them, and the writes between them."""
    write = 0
    for start in range(1, town.cases + 1, SLICE):
        rows = Rows()
        for number in range(start, min(start + SLICE, town.cases + 1)):
            write = _one_case(town, rows, number, write)
        copy(conn, CASE_COLUMNS, rows.cases)
        copy(conn, KEY_COLUMNS, town.forget())
        copy(conn, LINK_COLUMNS, rows.links)
        copy(conn, TOLD_COLUMNS, rows.told)
        copy(conn, WRITE_COLUMNS, rows.writes)
        conn.commit()
    conn.execute("SELECT setval(pg_get_serial_sequence('case_record', 'id'), %s)", (town.cases,))
    conn.execute("SELECT setval(pg_get_serial_sequence('delivery', 'id'), %s)", (write,))


def _one_case(town: Province, rows: Rows, number: int, write: int) -> int:
    """Returns the number of its last write."""
    born, kinds, portal = town.born(number), _course(town, number), town.portal(number)
    told = _case(town, number, REGISTER, kinds)
    dirty = town.now if town.under_way(number) and number % 40 == 0 else None
    origin = portal or REGISTER
    rows.cases.append(
        (number, told.code, origin, ref_of(origin, number), dirty, born, town.agency(number), FIELDS[number % 4])
    )  # fmt: skip
    for system in filter(None, (REGISTER, portal)):
        _link(town, rows, number, replace(told, system=system, ref=ref_of(system, number)))
    if portal is None:
        return write
    for act in told.acts:
        write += 1
        rows.writes.append(_write(town, number, write, portal, act))
    return write


def _link(town: Province, rows: Rows, number: int, told: Case) -> None:
    owner, at = owner_of(told.system, told.ref), told.acts[-1].at if told.acts else town.born(number)
    body = to_json(told)
    sender = body["header"].pop("sender")
    agreed = {
        "here": dict.fromkeys(("title", "content", "sender", "place"), "0" * 64),
        "there": dict.fromkeys(("title", "content", "sender", "place"), "0" * 64),
        "privacy": "open",
        "acts": [act.id for act in told.acts],
        "revision": 0,
        "unread": [],
    }

    def seal(part: str, column: str, value: object) -> bytes:
        return town.seal(owner, part, number, f"link.{column}/{number}", encode(value))

    rows.links.append(
        (
            number,
            told.system,
            told.ref,
            seal("file", "state", body),
            seal("contact", "sender", sender),
            None if told.system == REGISTER else seal("contact", "baseline", agreed),
            told.status.value,
            at,
        )
    )
    print_ = hashlib.sha256(f"{owner}/{number}".encode()).hexdigest()
    raw = town.seal(owner, "contact", number, f"observation.raw/case/{print_}", b"{}" * 100)
    rows.told.append(
        (told.system, told.ref, number, "case", "1", print_, print_, "application/json", raw, at)
    )


def _write(town: Province, number: int, write: int, target: str, act: Act) -> tuple[Any, ...]:
    """Over, if its case is; else in one of the states that a write can be in."""
    state = "done"
    if town.under_way(number):
        names = ("done", "planned", "waiting", "in_doubt", "quarantined", "sent")
        state = town.dice.choices(names, (60, 8, 10, 1, 4, 0.1))[0]
    elif write % 100 == 0:
        state = "dismissed" if write % 1000 == 0 else "cancelled"
    code = {"waiting": "PH-301", "in_doubt": "PH-320", "quarantined": "PH-330"}.get(state)
    owner, over = case_owner(number), state in ("done", "cancelled", "dismissed")
    key = UUID(int=town.dice.getrandbits(128), version=4)

    def seal(column: str, value: object) -> bytes:
        return town.seal(owner, "contact", number, f"delivery.{column}/{write}", encode(value))

    operation = {
        "key": {"id": str(key), "operation": "append", "ref": ref_of(target, number), "code": None, "natural": {}},
        "fields": {"noi_dung": "Đã tiếp nhận"},
        "files": [],
    }  # fmt: skip
    return (
        write,
        number,
        target,
        REGISTER,
        "create" if act.kind is ActKind.RECEIVED else "append",
        act.id,
        act.kind.value,
        str(key),
        state,
        1 if over else town.dice.randrange(1, 6),
        act.at,
        code,
        seal("error_text", "The portal did not answer within 30 s") if code else None,
        seal("operation", operation) if not over and state != "planned" else None,
        act.at,
        None if state == "planned" else act.at,
        act.at + timedelta(seconds=4) if over else None,
        act.at,
    )


def copy(
    conn: psycopg.Connection[Any], into: str, rows: Iterator[tuple[Any, ...]] | list[tuple[Any, ...]]
) -> None:
    """Write rows; ``into`` names table and columns."""
    with conn.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN".encode()) as sink:
        for row in rows:
            sink.write_row(row)


def text(value: object) -> str:
    """A JSON column's value."""
    return json.dumps(value, ensure_ascii=False)
