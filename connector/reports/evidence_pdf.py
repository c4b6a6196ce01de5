"""The evidence file of a case on official paper: Vietnamese first, English titles second."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, BinaryIO

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer

from connector.case import Privacy
from connector.clock import LOCAL_ZONE
from connector.ledger.note import parse_checkpoint, parse_note
from connector.reports.evidence import Evidence
from connector.reports.evidence_parts import clip, day, moment, nothing, section, table
from connector.reports.evidence_tables import (
    ENDED,
    acts_part,
    decisions_part,
    erased_part,
    terms_part,
    writes_part,
)
from connector.reports.log_table import meaning
from connector.reports.names import Names, system_name
from connector.reports.paper import (
    BOLD,
    ITALIC,
    body,
    centred,
    heading,
    side_by_side,
    text,
    turn,
    write,
)
from connector.rules.visibility import Audience, Matter, sees
from connector.texts import say

WIDTH = 162 * mm

_FOR = {
    Audience.EXPORT: "lưu trữ, kiểm tra (không có dữ liệu người gửi và nội dung)",
    Audience.INTAKE: "bộ phận tiếp nhận (có dữ liệu người gửi)",
    Audience.UNIT: "đơn vị xử lý (có dữ liệu người gửi)",
}


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
        *acts_part(found, names),
        *writes_part(found),
        *decisions_part(found),
        *terms_part(found, names),
        *erased_part(found),
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
        rows += [("Tiêu đề", clip(header.title))] if header.title else []
        rows += [("Người gửi", _sender(found))] if sees(found.audience, Matter.CONTACT, found.privacy) else []
    return [*rows, ("Lập cho", _FOR[found.audience])]


def _sender(found: Evidence) -> str:
    assert found.header is not None
    sender = found.header.sender
    told = ", ".join(filter(None, (sender.name, sender.organisation, sender.phone, sender.address)))
    return clip(told) or "–"


def _pairs(rows: Sequence[tuple[str, str]], size: float = 12) -> Any:
    return side_by_side(
        [[text(name, size, BOLD), text(words, size)] for name, words in rows],
        [40 * mm, WIDTH - 40 * mm],
        [("LINEBELOW", (0, 0), (-1, -1), 0.25, "black")],
    )


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
        lines.append(f"{ENDED[found.end.kind]}, ngày {day(found.end.at)}, căn cứ {found.end.basis}.")
    return [
        *section("I", "TÓM TẮT", "In short"),
        *(body(line, after=1 * mm) for line in lines),
        Spacer(0, 3 * mm),
    ]


# ---- VII: proofs --------------------------------------------------------------------------------------------


def _proofs(found: Evidence, bundle: str, sha256: str) -> list[Any]:
    note = parse_note(found.proof.checkpoint)
    checkpoint = parse_checkpoint(note.text)
    signed = ", ".join(f"{one.name} (mã khóa {one.key_id.hex()})" for one in note.signatures)
    rows = [
        ("Nhật ký", checkpoint.origin),
        ("Điểm niêm phong", f"{checkpoint.size} mục, ký lúc {moment(checkpoint.time)}"),
        ("Gốc cây băm", checkpoint.root.hex()),
        ("Chữ ký", signed),
        ("Dấu thời gian", "có (RFC 3161)" if found.proof.timestamp else "không"),
        ("Tệp chứng minh", bundle),
        ("SHA-256 của tệp", sha256),
        ("Số mục của hồ sơ", f"{len(found.entries)} (liệt kê ở phụ lục cuối)"),
    ]
    return [
        *section("VII", "BẰNG CHỨNG TOÀN VẸN", "Proof that the record is whole"),
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
        title = f"{say(f'act.{act.kind.value}')}, {moment(act.at)}"
        story += [text(title, 12, BOLD), text(words, 12, after=3 * mm, justify=True)]
    return story


def _entries(found: Evidence) -> list[Any]:
    rows = [
        [
            str(one.seq),
            moment(one.at),
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
        *(table(heads, rows, [14, 23, 41, 24, 60]) if rows else nothing("Không có.")),
    ]
