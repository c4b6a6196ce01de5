"""Parts II to VI of the evidence document: what happened, as tables."""

from collections.abc import Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Spacer

from connector.case import Act
from connector.reports.evidence import Attempt, Decision, Evidence, Known, Term, Write
from connector.reports.evidence_parts import SMALL, clip, moment, nothing, section, table
from connector.reports.log_table import meaning
from connector.reports.names import Names, system_name
from connector.reports.paper import ITALIC, text
from connector.rules.due import Due
from connector.texts import CATALOGUE, say

MOST_STEPS = 20
"""Of a write in one row."""

ENDED = {
    "erased": "Toàn bộ dữ liệu hồ sơ đã được xóa bằng cách hủy khóa",
    "contact_erased": "Dữ liệu người gửi đã được xóa bằng cách hủy khóa",
}
"""How a case ended here, by the kind of its end."""

_ONE_SIDED = "«–»: hệ thống đó không kể hành vi này; có hành vi chỉ thuộc một hệ thống, ví dụ bước nội bộ."

_PART = {"contact": "dữ liệu người gửi", "file": "nội dung hồ sơ"}


# ---- II to VI: what happened --------------------------------------------------------------------------------


def acts_part(found: Evidence, names: Names) -> list[Any]:
    """II: every act, and the systems that tell of it."""
    systems = [one.system for one in found.sides]
    rows = [
        [
            str(place),
            moment(one.act.at),
            _act(one, names),
            _who(one.act, names),
            *("có" if system in one.systems else "–" for system in systems),
        ]
        for place, one in enumerate(found.acts, start=1)
    ]
    heads = ["TT", "Thời điểm", "Hành vi", "Cơ quan, cán bộ", *(system_name(one) for one in systems)]
    each = 18 if len(systems) > 2 else 22
    left = (162 - 9 - 24 - each * len(systems)) / 2
    return [
        *section("II", "HÀNH VI TẠI CÁC HỆ THỐNG", "Acts, and the systems that tell of them"),
        *(table(heads, rows, [9, 24, left, left, *[each] * len(systems)]) if rows else nothing("Không có.")),
        *([text(_ONE_SIDED, SMALL, ITALIC, after=4 * mm)] if rows and len(systems) > 1 else []),
    ]


def _act(known: Known, names: Names) -> str:
    act = known.act
    told = [
        f"nhóm {act.details['group']}" if "group" in act.details else "",
        f"đến {names.agency(act.details['to_agency'])}" if "to_agency" in act.details else "",
        f"giao {act.details['unit']}" if "unit" in act.details else "",
        f"lý do {act.details['reason_code']}" if "reason_code" in act.details else "",
        f"văn bản {act.details['document_number']}" if "document_number" in act.details else "",
    ]
    return "\n".join(filter(None, (say(f"act.{act.kind.value}"), clip("; ".join(filter(None, told))))))


def _who(act: Act, names: Names) -> str:
    who = (names.agency(act.agency) if act.agency else "", act.officer and f"({act.officer})")
    return "\n".join(filter(None, who)) or "–"


def writes_part(found: Evidence) -> list[Any]:
    """III: every write with each of its steps."""
    rows = [row for one in found.writes for row in _write_rows(one)]
    heads = ["Lệnh gửi", "Gửi đến", "Kết quả", "Từng lần, theo nhật ký"]
    return [
        *section("III", "LỆNH GỬI, TỪNG LẦN GỬI VÀ KẾT QUẢ", "Writes, every attempt and its outcome"),
        *(table(heads, rows, [40, 28, 28, 66]) if rows else nothing("Không có lệnh gửi nào.")),
    ]


def _write_rows(one: Write) -> list[list[str]]:
    """A row does not go on to the next page, so a write that was tried long has several."""
    parts = [one.steps[at : at + MOST_STEPS] for at in range(0, len(one.steps), MOST_STEPS)] or [()]
    first = [_write(one), system_name(one.target), say(f"delivery.{one.state}"), _steps(parts[0])]
    return [first, *([f"Số {one.id} (tiếp)", "", "", _steps(part)] for part in parts[1:])]


def _write(one: Write) -> str:
    what = say(f"intent.{one.intent}")
    act = f": {say(f'act.{one.act_kind}')}" if one.act_kind else ""
    return f"Số {one.id}\n{what}{act}\nKhóa {one.key[:8]}…"


def _steps(steps: Sequence[Attempt]) -> str:
    return "\n".join(
        f"{moment(step.at)} {say(f'step.{step.kind}')}{f' ({step.code})' if step.code else ''} [mục {step.seq}]"
        for step in steps
    )


def decisions_part(found: Evidence) -> list[Any]:
    """IV: who decided what."""
    rows = [[moment(one.at), _decided(one), one.officer, one.basis or "–"] for one in found.decisions]
    heads = ["Thời điểm", "Nội dung", "Cán bộ, tài khoản", "Căn cứ"]
    return [
        *section("IV", "NGƯỜI QUYẾT ĐỊNH", "Who decided what"),
        *(table(heads, rows, [24, 72, 33, 33]) if rows else nothing("Không có.")),
    ]


def _decided(one: Decision) -> str:
    words = say(one.kind) if one.kind in CATALOGUE else meaning(one.kind).rstrip(".")
    return f"{words} [mục {one.seq}]" if one.seq else words


def terms_part(found: Evidence, names: Names) -> list[Any]:
    """V: each duty, its day, what came of it, and why it is so."""
    rows = [
        [
            _duty(one),
            names.agency(one.clock.agency) if one.clock.agency else "Người gửi",
            _days(one),
            _result(one),
            _basis(one),
        ]
        for one in found.terms
    ]
    heads = ["Việc phải làm", "Của ai", "Hạn: hết ngày", "Kết quả", "Căn cứ"]
    return [
        *section("V", "THỜI HẠN", "Deadlines, met or missed, with their legal basis"),
        *(table(heads, rows, [30, 32, 30, 30, 40]) if rows else nothing("Chưa có căn cứ tính hạn.")),
    ]


def _duty(one: Term) -> str:
    name = say(f"duty.{one.clock.duty.value}")
    notes = ("" if one.clock.governs else "theo dõi", "" if one.clock.legal else "mục tiêu")
    extra = ", ".join(filter(None, notes))
    return f"{name}\n({extra})" if extra else name


def _result(one: Term) -> str:
    told = say(f"deadline.{one.state}", when=moment(one.clock.informed_at or one.clock.closed_at))
    return f"ĐÚNG HẠN\n{told}" if one.met else told


def _days(one: Term) -> str:
    clock = one.clock
    if clock.due is None:
        return "Chưa có căn cứ"
    lines = [_due(clock.due)]
    lines += [f"nội bộ: {_due(clock.internal)}"] if clock.internal else []
    lines += [f"tính từ tiếp nhận: {_due(clock.strict)}"] if clock.strict else []
    return "\n".join(lines)


def _due(due: Due) -> str:
    return f"{due.on:%d/%m/%Y}" + (f" (hoặc {due.otherwise:%d/%m/%Y}, chưa quyết)" if due.otherwise else "")


def _basis(one: Term) -> str:
    clock = one.clock
    told = (clock.basis, clock.pack, f"lịch {clock.calendar}" if clock.calendar else None)
    return "; ".join(filter(None, told)) or "–"


def erased_part(found: Evidence) -> list[Any]:
    """VI: what was erased."""
    title = section("VI", "DỮ LIỆU ĐÃ XÓA", "What was erased")
    if found.end is None and not found.gone:
        return [*title, *nothing("Không có dữ liệu nào của hồ sơ này bị xóa.")]
    lines = []
    if found.end is not None:
        lines.append(
            f"{ENDED[found.end.kind]}: {moment(found.end.at)}, cán bộ {found.end.officer}, căn cứ {found.end.basis}."
        )
    lines += [f"Khóa {_PART[one.part]} của {one.owner} đã hủy: {moment(one.at)}." for one in found.gone]
    lines.append(
        "Nhật ký chỉ giữ mã cam kết của dữ liệu đã xóa: không đọc lại được, nhưng vẫn chứng minh được thứ tự và "
        "thời điểm của từng mục."
    )
    return [*title, *(text(line, 11, after=1 * mm) for line in lines), Spacer(0, 3 * mm)]
