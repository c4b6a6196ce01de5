"""The evidence file of a case on official paper: Vietnamese first, English titles second."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, BinaryIO

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, Spacer

from connector.case import Act, Privacy
from connector.clock import LOCAL_ZONE
from connector.ledger.note import parse_checkpoint, parse_note
from connector.reports.evidence import Attempt, Decision, Evidence, Known, Term, Write
from connector.reports.log_table import meaning
from connector.reports.names import Names, system_name
from connector.reports.paper import (
    BOLD,
    FONT,
    ITALIC,
    body,
    centred,
    grid,
    heading,
    side_by_side,
    text,
    turn,
    write,
)
from connector.rules.due import Due
from connector.rules.visibility import Audience, Matter, sees
from connector.texts import CATALOGUE, say

SMALL = 9.5
WIDTH = 162 * mm
MOST_STEPS = 20
MOST_LETTERS = 300
"""In a cell; whatever is longer would not fit on a page, and stands whole in the bundle."""

_FOR = {
    Audience.EXPORT: "lưu trữ, kiểm tra (không có dữ liệu người gửi và nội dung)",
    Audience.INTAKE: "bộ phận tiếp nhận (có dữ liệu người gửi)",
    Audience.UNIT: "đơn vị xử lý (có dữ liệu người gửi)",
}

_ENDED = {
    "erased": "Toàn bộ dữ liệu hồ sơ đã được xóa bằng cách hủy khóa",
    "contact_erased": "Dữ liệu người gửi đã được xóa bằng cách hủy khóa",
}

_ONE_SIDED = "«–»: hệ thống đó không kể hành vi này; có hành vi chỉ thuộc một hệ thống, ví dụ bước nội bộ."

_PART = {"contact": "dữ liệu người gửi", "file": "nội dung hồ sơ"}


def write_evidence(found: Evidence, names: Names, out: BinaryIO, *, bundle: str, sha256: str) -> None:
    """Write the document.

    Args:
        bundle: name of the JSON Lines file that proves it.
        sha256: digest of that file.
    """
    at = found.made_at.astimezone(LOCAL_ZONE)
    story = [
        *_opening(found, names, at),
        *_summary(found),
        *_acts(found, names),
        *_writes(found),
        *_decisions(found),
        *_terms(found, names),
        *_erased(found),
        *_proofs(found, bundle, sha256),
        *_closing(found, bundle),
        *_wording(found),
        *_entries(found),
    ]
    write(
        out,
        story,
        title=f"Hồ sơ chứng cứ {found.code}",
        subject="Quá trình xử lý và đồng bộ phản ánh, kiến nghị",
        author=found.officer,
        foot=lambda: (
            f"Hồ sơ {found.code} · lập lúc {at:%H:%M ngày %d/%m/%Y}, cán bộ {found.officer} · "
            f"mã tệp chứng minh {sha256[:16]}"
        ),
    )


# ---- what it is about ---------------------------------------------------------------------------------------


def _opening(found: Evidence, names: Names, at: datetime) -> list[Any]:
    reporter = names.reporter
    return [
        heading(
            names.province,
            reporter.name_vi if reporter else "Văn phòng UBND tỉnh",
            "Số: ........../HSCC",
            f"Thanh Hóa, ngày {at:%d} tháng {at:%m} năm {at:%Y}",
        ),
        Spacer(0, 4 * mm),
        centred("HỒ SƠ CHỨNG CỨ", 14, BOLD),
        centred("Quá trình xử lý và đồng bộ phản ánh, kiến nghị", 13, BOLD),
        centred(
            "Evidence file: handling and synchronisation of a citizen's feedback", 10, ITALIC, after=3 * mm
        ),
        *[text(words, 12, BOLD, after=2 * mm) for words in _warnings(found)],
        _pairs(_about(found, names)),
        Spacer(0, 3 * mm),
    ]


def _warnings(found: Evidence) -> list[str]:
    secret = sees(found.audience, Matter.CONTACT, found.privacy)
    return [
        *(["Có dữ liệu người gửi: phải giữ bí mật (Đ7.2)."] if secret else []),
        *(["Người gửi yêu cầu giữ kín nội dung (Đ7.3)."] if found.privacy is Privacy.PRIVATE else []),
    ]


def _about(found: Evidence, names: Names) -> list[tuple[str, str]]:
    header = found.header
    sides = [
        f"{system_name(one.system)}: {one.ref}"
        + (f", trạng thái {say(f'status_name.{one.status}')}, {one.acts} hành vi" if one.status else "")
        for one in found.sides
    ]
    rows = [
        ("Mã hồ sơ", found.code),
        ("Nơi phát sinh", found.origin),
        ("Tại các hệ thống", "\n".join(sides) or "–"),
        ("Cơ quan đang giữ", names.agency(found.agency) if found.agency else "–"),
    ]
    if header is not None:
        sent = header.submitted_at.astimezone(LOCAL_ZONE)
        rows += [
            ("Người gửi nộp", f"{sent:%H:%M ngày %d/%m/%Y}, kênh: {names.channel(header.channel)}"),
            ("Lĩnh vực", names.field(header.field)),
        ]
        rows += [("Tiêu đề", _clip(header.title))] if header.title else []
        rows += [("Người gửi", _sender(found))] if sees(found.audience, Matter.CONTACT, found.privacy) else []
    return [*rows, ("Lập cho", _FOR[found.audience])]


def _sender(found: Evidence) -> str:
    assert found.header is not None
    sender = found.header.sender
    told = ", ".join(filter(None, (sender.name, sender.organisation, sender.phone, sender.address)))
    return _clip(told) or "–"


def _pairs(rows: Sequence[tuple[str, str]], size: float = 12) -> Any:
    return side_by_side(
        [[text(name, size, BOLD), text(words, size)] for name, words in rows],
        [40 * mm, WIDTH - 40 * mm],
        [("LINEBELOW", (0, 0), (-1, -1), 0.25, "black")],
    )


def _part(number: str, title: str, english: str) -> list[Any]:
    return [
        # a title stands with at least the beginning of what it names
        CondPageBreak(35 * mm),
        text(f"{number}. {title}", 13, BOLD, after=0.5 * mm),
        text(english, 10, ITALIC, after=1.5 * mm),
    ]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> list[Any]:
    head = [centred(words, SMALL, BOLD) for words in heads]
    cells = [[text(words, SMALL) for words in row] for row in rows]
    return [grid([head, *cells], [one * mm for one in widths]), Spacer(0, 4 * mm)]


# ---- I: in short --------------------------------------------------------------------------------------------


def _summary(found: Evidence) -> list[Any]:
    done, open_ = (
        found.in_state("done"),
        found.in_state("planned", "sent", "waiting", "in_doubt", "quarantined"),
    )
    shared = sum(len(one.systems) > 1 for one in found.acts)
    lines = [
        f"Hồ sơ có {len(found.acts)} hành vi, trong đó {shared} hành vi có ở từ hai hệ thống trở lên.",
        (
            f"Có {len(found.writes)} lệnh gửi giữa các hệ thống: {done} lệnh bên kia đã nhận, {open_} lệnh chưa xong, "
            f"{found.in_state('cancelled', 'dismissed')} lệnh không gửi nữa."
        ),
        (
            f"Thời hạn theo bộ quy tắc chi phối: {found.kept(met=True)} việc xong đúng hạn, "
            f"{found.kept(met=False)} việc quá hạn, {found.kept(met=None)} việc đang trong hạn hoặc chưa có căn cứ tính hạn."
        ),
        (
            f"Nhật ký đối soát có {len(found.entries)} mục về hồ sơ này, nằm trong điểm niêm phong "
            f"{found.proof.size} mục; phần VII nêu cách kiểm tra."
        ),
    ]
    if found.end is not None:
        lines.append(f"{_ENDED[found.end.kind]}, ngày {_day(found.end.at)}, căn cứ {found.end.basis}.")
    return [
        *_part("I", "TÓM TẮT", "In short"),
        *(body(line, after=1 * mm) for line in lines),
        Spacer(0, 3 * mm),
    ]


# ---- II to VI: what happened --------------------------------------------------------------------------------


def _acts(found: Evidence, names: Names) -> list[Any]:
    systems = [one.system for one in found.sides]
    rows = [
        [
            str(place),
            _moment(one.act.at),
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
        *_part("II", "HÀNH VI TẠI CÁC HỆ THỐNG", "Acts, and the systems that tell of them"),
        *(_table(heads, rows, [9, 24, left, left, *[each] * len(systems)]) if rows else _none("Không có.")),
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
    return "\n".join(filter(None, (say(f"act.{act.kind.value}"), _clip("; ".join(filter(None, told))))))


def _who(act: Act, names: Names) -> str:
    who = (names.agency(act.agency) if act.agency else "", act.officer and f"({act.officer})")
    return "\n".join(filter(None, who)) or "–"


def _writes(found: Evidence) -> list[Any]:
    rows = [row for one in found.writes for row in _write_rows(one)]
    heads = ["Lệnh gửi", "Gửi đến", "Kết quả", "Từng lần, theo nhật ký"]
    return [
        *_part("III", "LỆNH GỬI, TỪNG LẦN GỬI VÀ KẾT QUẢ", "Writes, every attempt and its outcome"),
        *(_table(heads, rows, [40, 28, 28, 66]) if rows else _none("Không có lệnh gửi nào.")),
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
        f"{_moment(step.at)} {say(f'step.{step.kind}')}{f' ({step.code})' if step.code else ''} [mục {step.seq}]"
        for step in steps
    )


def _decisions(found: Evidence) -> list[Any]:
    rows = [[_moment(one.at), _decided(one), one.officer, one.basis or "–"] for one in found.decisions]
    heads = ["Thời điểm", "Nội dung", "Cán bộ, tài khoản", "Căn cứ"]
    return [
        *_part("IV", "NGƯỜI QUYẾT ĐỊNH", "Who decided what"),
        *(_table(heads, rows, [24, 72, 33, 33]) if rows else _none("Không có.")),
    ]


def _decided(one: Decision) -> str:
    words = say(one.kind) if one.kind in CATALOGUE else meaning(one.kind).rstrip(".")
    return f"{words} [mục {one.seq}]" if one.seq else words


def _terms(found: Evidence, names: Names) -> list[Any]:
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
        *_part("V", "THỜI HẠN", "Deadlines, met or missed, with their legal basis"),
        *(_table(heads, rows, [30, 32, 30, 30, 40]) if rows else _none("Chưa có căn cứ tính hạn.")),
    ]


def _duty(one: Term) -> str:
    name = say(f"duty.{one.clock.duty.value}")
    notes = ("" if one.clock.governs else "theo dõi", "" if one.clock.legal else "mục tiêu")
    extra = ", ".join(filter(None, notes))
    return f"{name}\n({extra})" if extra else name


def _result(one: Term) -> str:
    told = say(f"deadline.{one.state}", when=_moment(one.clock.informed_at or one.clock.closed_at))
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


def _erased(found: Evidence) -> list[Any]:
    title = _part("VI", "DỮ LIỆU ĐÃ XÓA", "What was erased")
    if found.end is None and not found.gone:
        return [*title, *_none("Không có dữ liệu nào của hồ sơ này bị xóa.")]
    lines = []
    if found.end is not None:
        lines.append(
            f"{_ENDED[found.end.kind]}: {_moment(found.end.at)}, cán bộ {found.end.officer}, căn cứ {found.end.basis}."
        )
    lines += [f"Khóa {_PART[one.part]} của {one.owner} đã hủy: {_moment(one.at)}." for one in found.gone]
    lines.append(
        "Nhật ký chỉ giữ mã cam kết của dữ liệu đã xóa: không đọc lại được, nhưng vẫn chứng minh được thứ tự và "
        "thời điểm của từng mục."
    )
    return [*title, *(text(line, 11, after=1 * mm) for line in lines), Spacer(0, 3 * mm)]


# ---- VII: proofs --------------------------------------------------------------------------------------------


def _proofs(found: Evidence, bundle: str, sha256: str) -> list[Any]:
    note = parse_note(found.proof.checkpoint)
    checkpoint = parse_checkpoint(note.text)
    signed = ", ".join(f"{one.name} (mã khóa {one.key_id.hex()})" for one in note.signatures)
    rows = [
        ("Nhật ký", checkpoint.origin),
        ("Điểm niêm phong", f"{checkpoint.size} mục, ký lúc {_moment(checkpoint.time)}"),
        ("Gốc cây băm", checkpoint.root.hex()),
        ("Chữ ký", signed),
        ("Dấu thời gian", "có (RFC 3161)" if found.proof.timestamp else "không"),
        ("Tệp chứng minh", bundle),
        ("SHA-256 của tệp", sha256),
        ("Số mục của hồ sơ", f"{len(found.entries)} (liệt kê ở phụ lục cuối)"),
    ]
    return [
        *_part("VII", "BẰNG CHỨNG TOÀN VẸN", "Proof that the record is whole"),
        _pairs(rows, 11),
        Spacer(0, 2 * mm),
    ]


def _closing(found: Evidence, bundle: str) -> list[Any]:
    """How it is checked, and who signs: never a page of signatures alone."""
    check = text(
        f"Kiểm tra ngoại tuyến, không cần tin máy chủ: phanhoi-verify {bundle}. Công cụ kiểm tra chuỗi, cây băm, "
        "chữ ký và nêu mục đầu tiên bị sửa, xóa hoặc đổi thứ tự. / Check it offline with phanhoi-verify.",
        11,
        ITALIC,
        after=4 * mm,
    )
    left = [
        text("Nơi nhận:", 12, BOLD),
        text("- ....................................;\n- Lưu: hồ sơ.", 11),
    ]
    right = [
        centred("NGƯỜI LẬP", 13, BOLD),
        centred("(Ký, ghi rõ họ tên)", 11, ITALIC),
        Spacer(0, 20 * mm),
        centred(f"Tài khoản: {found.officer}", 11),
    ]
    return [KeepTogether([check, side_by_side([[left, right]], [82 * mm, 80 * mm])])]


# ---- appendices ---------------------------------------------------------------------------------------------


def _wording(found: Evidence) -> list[Any]:
    """Texts stand outside tables: a row cannot go on to the next page, a long text must."""
    texts = [(one.act, one.act.text) for one in found.acts if one.act.text]
    content = found.header.content if found.header else ""
    if not content and not texts:
        return []
    story = [
        *turn("upright"),
        centred("PHỤ LỤC: NỘI DUNG", 13, BOLD),
        centred("Texts", 10, ITALIC, after=3 * mm),
    ]
    if content:
        story += [
            text("Nội dung phản ánh, kiến nghị", 12, BOLD),
            text(content, 12, after=3 * mm, justify=True),
        ]
    for act, words in texts:
        title = f"{say(f'act.{act.kind.value}')}, {_moment(act.at)}"
        story += [text(title, 12, BOLD), text(words, 12, after=3 * mm, justify=True)]
    return story


def _entries(found: Evidence) -> list[Any]:
    rows = [
        [
            str(one.seq),
            _moment(one.at),
            meaning(one.kind).rstrip("."),
            system_name(one.system) if one.system else "–",
            f"{one.hash[:32]}\n{one.hash[32:]}",
        ]
        for one in found.entries
    ]
    heads = ["Mục", "Thời điểm", "Loại", "Hệ thống", "Mã băm (SHA-256)"]
    return [
        *turn("upright"),
        centred("PHỤ LỤC: CÁC MỤC NHẬT KÝ CỦA HỒ SƠ", 13, BOLD),
        centred("Entries of the log about this case", 10, ITALIC, after=3 * mm),
        *(_table(heads, rows, [14, 23, 41, 24, 60]) if rows else _none("Không có.")),
    ]


def _none(words: str) -> list[Any]:
    return [text(words, 11, FONT, after=4 * mm)]


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(LOCAL_ZONE):%d/%m/%Y %H:%M:%S}" if at else "–"


def _day(at: datetime) -> str:
    return f"{at.astimezone(LOCAL_ZONE):%d/%m/%Y}"


def _clip(words: str) -> str:
    return words if len(words) <= MOST_LETTERS else f"{words[:MOST_LETTERS]}…"
