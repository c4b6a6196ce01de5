"""The report as an official letter of NĐ 30/2020 with its tables; Vietnamese first, English titles second."""

from typing import Any, BinaryIO

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer

from connector.clock import LOCAL_ZONE
from connector.reports import tables
from connector.reports.cube import Report
from connector.reports.explained import AVERAGE_DAYS, MEASURES
from connector.reports.measures import Measure
from connector.reports.paper import (
    BOLD,
    FONT,
    GREY,
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
from connector.reports.tables import Line

M = Measure

BASIS = (
    "khoản 2 Điều 14 Quy chế ban hành kèm theo Quyết định số 05/2020/QĐ-UBND ngày 13/01/2020 của UBND tỉnh"
)


def write_pdf(report: Report, out: BinaryIO) -> None:
    """Write the whole report."""
    reporter = report.names.reporter
    issuer = reporter.name_vi if reporter else "Văn phòng UBND tỉnh"
    story = [
        *_opening(report, issuer),
        *_summary(report),
        *_channels(report),
        *_duties(report),
        *_closing(),
        *turn("lying"),
        *_wide(report, "PHỤ LỤC I", "SỐ LIỆU THEO CƠ QUAN", "By agency", "Cơ quan", tables.by_agency(report)),
        *turn("lying"),
        *_wide(
            report, "PHỤ LỤC II", "SỐ LIỆU THEO LĨNH VỰC", "By field", "Lĩnh vực", tables.by_field(report)
        ),
        *turn("upright"),
        *_notes(report),
    ]
    write(
        out,
        story,
        title=f"Báo cáo phản ánh, kiến nghị {report.period.title.vi}",
        subject="Tiếp nhận, xử lý phản ánh, kiến nghị của tổ chức, cá nhân",
        author=issuer,
        foot=lambda: f"Kỳ báo cáo {report.period.name} · mã kiểm tra số liệu {report_mark(report)}",
    )


def report_mark(report: Report) -> str:
    """The beginning of the digest, enough to find the ledger entry of this count."""
    return report.digest[:16]


def _opening(report: Report, issuer: str) -> list[Any]:
    as_of = report.as_of.astimezone(LOCAL_ZONE)
    title = report.period.title
    return [
        heading(
            report.names.province,
            issuer,
            "Số: ........../BC-VP",
            f"Thanh Hóa, ngày ...... tháng ...... năm {as_of:%Y}",
        ),
        Spacer(0, 5 * mm),
        centred("BÁO CÁO", 14, BOLD),
        centred("Kết quả tiếp nhận, xử lý phản ánh, kiến nghị", 14, BOLD),
        centred(f"của tổ chức, cá nhân {title.vi}", 14, BOLD),
        *([centred(f"({report.scope})", 13, BOLD)] if report.scope else []),
        centred(f"Citizen feedback: intake and handling, {title.en}", 11, ITALIC, after=4 * mm),
        centred("Kính gửi: Chủ tịch Ủy ban nhân dân tỉnh", 13, after=3 * mm),
        body(
            f"Thực hiện {BASIS}, {issuer} báo cáo kết quả tiếp nhận, xử lý phản ánh, kiến nghị {title.vi} "
            f"như sau (số liệu tính đến {_until(report)}):",
            after=2 * mm,
        ),
        body(_in_words(report), after=3 * mm),
    ]


def _until(report: Report) -> str:
    as_of = report.as_of.astimezone(LOCAL_ZONE)
    whole = report.as_of == report.period.ends_at
    return f"hết ngày {as_of:%d/%m/%Y}" if whole else f"{as_of:%H} giờ {as_of:%M} phút ngày {as_of:%d/%m/%Y}"


def _in_words(report: Report) -> str:
    def n(key: str) -> str:
        return tables.amount(report.count(key))

    in_time, late = report.count(M.ANSWERED_IN_TIME), report.count(M.ANSWERED_LATE)
    rate = (
        f", đạt {tables.number(100 * in_time / (in_time + late))}% số có căn cứ tính hạn"
        if in_time + late
        else ""
    )
    return (
        f"Trong kỳ, {report.scope or 'toàn tỉnh'} tiếp nhận {n(M.RECEIVED)} phản ánh, kiến nghị; tồn kỳ trước chuyển sang {n(M.CARRIED_OVER)}. "
        f"Đã kết thúc {n(M.CLOSED)}, trong đó trả lời {n(M.ANSWERED)}: đúng hạn {n(M.ANSWERED_IN_TIME)}{rate}; "
        f"quá hạn {n(M.ANSWERED_LATE)} (đã báo lý do cho người gửi {n(M.ANSWERED_LATE_INFORMED)}); "
        f"chưa có căn cứ tính hạn {n(M.ANSWERED_NO_BASIS)}. "
        f"Cuối kỳ còn {n(M.OUTSTANDING)}, trong đó quá hạn {n(M.OUTSTANDING_OVERDUE)}."
    )


def _part(number: str, title: str, english: str) -> list[Any]:
    return [text(f"{number}. {title}", 13, BOLD, after=0.5 * mm), text(english, 10, ITALIC, after=1.5 * mm)]


def _summary(report: Report) -> list[Any]:
    rows: list[list[Any]] = [[centred("Chỉ tiêu", 11, BOLD), centred("Số lượng", 11, BOLD)]]
    sections: list[Any] = []
    for title, keys in tables.SECTIONS:
        sections.append(("SPAN", (0, len(rows)), (1, len(rows))))
        sections.append(("BACKGROUND", (0, len(rows)), (1, len(rows)), GREY))
        rows.append([text(f"{title.vi} / {title.en}", 11, BOLD), ""])
        rows += [[_named(key), centred(tables.amount(report.count(key)), 11)] for key in keys]
    average = tables.number(report.average_days())
    rows.append([text(AVERAGE_DAYS.label.vi, 11), centred(average, 11)])
    return [
        *_part("I", "TỔNG HỢP", "Summary"),
        grid(rows, [130 * mm, 30 * mm], more=sections),
        Spacer(0, 4 * mm),
    ]


def _named(key: str) -> Any:
    """The number's name; a part of another number is set in and in italics."""
    depth = tables.depth(key)
    words = ("– " if depth else "") + MEASURES[key].label.vi
    return text(words, 11, ITALIC if depth else FONT, left=6 * depth * mm)


def _channels(report: Report) -> list[Any]:
    head = [centred(words, 11, BOLD) for words in ("Kênh tiếp nhận", "Số lượng", "Tỷ lệ (%)")]
    rows = [
        [
            text(line.label, 11),
            centred(tables.amount(line.count(report, M.RECEIVED)), 11),
            centred(tables.number(100 * tables.share(report, line)), 11),
        ]
        for line in tables.by_channel(report)
    ]
    return [
        KeepTogether(
            [
                *_part("II", "TIẾP NHẬN THEO KÊNH", "Received, by channel"),
                grid([head, *rows], [100 * mm, 30 * mm, 30 * mm]),
            ]
        ),
        Spacer(0, 4 * mm),
    ]


def _duties(report: Report) -> list[Any]:
    head = [
        centred("Nghĩa vụ", 11, BOLD),
        *(centred(_capital(label.vi), 11, BOLD) for _, label in tables.OUTCOMES),
    ]
    rows = [
        [text(line.label.vi, 11), *(centred(tables.amount(report.count(key)), 11) for key in line.keys)]
        for line in tables.by_duty(report)
    ]
    return [
        KeepTogether(
            [
                *_part("III", "CHẤP HÀNH THỜI HẠN THEO NGHĨA VỤ", "Deadlines, by duty"),
                grid([head, *rows], [60 * mm, *(25 * mm,) * 4]),
            ]
        ),
        Spacer(0, 4 * mm),
    ]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _closing() -> list[Any]:
    to = [
        text("Nơi nhận:", 12, BOLD),
        text(
            "- Chủ tịch UBND tỉnh (để báo cáo);\n- Các cơ quan, đơn vị có tên tại Phụ lục I;\n- Lưu: VT.", 11
        ),
    ]
    sign = [
        centred("THỦ TRƯỞNG CƠ QUAN", 13, BOLD),
        centred("(Ký, ghi rõ họ tên, đóng dấu)", 11, ITALIC),
        Spacer(0, 22 * mm),
    ]
    return [
        KeepTogether(
            [
                body(
                    "Số liệu từng cơ quan, từng lĩnh vực và cách tính tại các phụ lục kèm theo./.",
                    after=4 * mm,
                ),
                side_by_side([[to, sign]], [82 * mm, 80 * mm]),
            ]
        )
    ]


def _wide(report: Report, number: str, title: str, english: str, of: str, lines: list[Line]) -> list[Any]:
    """One row for each agency or field, all columns of the report."""
    small = 7.5
    first = [centred("TT", small, BOLD), centred(of, small, BOLD)]
    second: list[Any] = ["", ""]
    spans: list[Any] = [("SPAN", (0, 0), (0, 1)), ("SPAN", (1, 0), (1, 1))]
    for group, columns in tables.WIDE:
        if len(columns) > 1:
            spans.append(("SPAN", (len(first), 0), (len(first) + len(columns) - 1, 0)))
        first += [centred(group.vi, small, BOLD), *[""] * (len(columns) - 1)]
        second += [centred(label.vi, small, BOLD) for _, label in columns]
    spans.append(("SPAN", (len(first), 0), (len(first), 1)))
    first.append(centred(tables.AVERAGE.vi, small, BOLD))
    second.append("")
    rows = [
        _wide_row(report, str(place) if place else "", line, font=BOLD if place == 0 else FONT)
        for place, line in enumerate((tables.total(report), *lines))
    ]
    columns_left = (249 - 8 - 45) / (len(first) - 2) * mm
    return [
        centred(number, 13, BOLD),
        centred(f"{title} {report.period.title.vi.upper()}", 13, BOLD),
        centred(f"{english}, {report.period.title.en}", 10, ITALIC, after=3 * mm),
        grid(
            [first, second, *rows],
            [8 * mm, 45 * mm, *[columns_left] * (len(first) - 2)],
            head=2,
            more=[*spans, ("LEFTPADDING", (2, 0), (-1, -1), 0.5), ("RIGHTPADDING", (2, 0), (-1, -1), 0.5)],
        ),
    ]


def _wide_row(report: Report, place: str, line: Line, font: str) -> list[Any]:
    numbers = [tables.amount(line.count(report, key)) for key in tables.WIDE_KEYS]
    return [
        centred(place, 8, font),
        text(line.label, 8, font),
        *(centred(one if one != "0" else "–", 8.5, font) for one in numbers),
        centred(tables.number(line.average(report)), 8.5, font),
    ]


def _notes(report: Report) -> list[Any]:
    head = [centred(words, 10, BOLD) for words in ("Chỉ tiêu (mã số)", "Cách tính", "Căn cứ")]
    rows = [
        [text(f"{one.label.vi} ({key})", 9), text(one.how.vi, 9), text(one.basis, 9)]
        for key, one in tables.EXPLAINED
        if key == "average_days" or report.count(key)
    ]
    return [
        centred("PHỤ LỤC III", 13, BOLD),
        centred("CÁCH TÍNH CÁC CHỈ TIÊU", 13, BOLD),
        centred("How each number is counted", 10, ITALIC, after=3 * mm),
        grid([head, *rows], [58 * mm, 74 * mm, 30 * mm]),
        Spacer(0, 3 * mm),
        text(
            "Đ12.4: Điều 12 khoản 4 Quy chế (Quyết định 05/2020/QĐ-UBND). "
            f"Danh sách mã hồ sơ của từng con số: phanhoi report ids {report.period.name}/<mã số>. "
            f"Mã kiểm tra toàn bộ số liệu (SHA-256): {report.digest}",
            9,
            ITALIC,
        ),
    ]
