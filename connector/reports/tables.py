"""The tables of a report: which numbers stand where. One layout for the screen, XLSX, PDF and CSV. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from connector.case import Channel
from connector.reports.cube import Report
from connector.reports.explained import AVERAGE_DAYS, DUTY_LABELS, MEASURES, OUTCOME_LABELS
from connector.reports.measures import APART, DUTIES, Measure, Outcome, duty_key
from connector.rules.duty import Duty
from connector.text.collate import sort_key
from connector.texts import Lang, Text

M = Measure

SECTIONS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (Text("Tiếp nhận", "Intake"), (M.CARRIED_OVER, M.RECEIVED, M.TRANSFERRED_IN)),
    (Text("Phân loại", "Classification"), (M.GROUP_1, M.GROUP_2, M.GROUP_3, M.GROUP_4)),
    (
        Text("Kết quả", "Outcome"),
        (
            M.CLOSED, M.ANSWERED, M.ANSWERED_IN_TIME, M.ANSWERED_LATE, M.ANSWERED_LATE_INFORMED,
            M.ANSWERED_NO_BASIS, M.ANSWERED_PRIVATE, M.REFUSED, M.LAPSED, M.TRANSFERRED_OUT, M.RECALLED,
            M.PASSED_ON,
        ),
    ),
    (
        Text("Còn lại", "Outstanding"),
        (
            M.OUTSTANDING, M.OUTSTANDING_IN_TIME, M.OUTSTANDING_OVERDUE, M.OUTSTANDING_OVERDUE_INFORMED,
            M.OUTSTANDING_NO_BASIS,
        ),
    ),
    (Text("Đếm riêng", "Counted apart"), APART),
)  # fmt: skip
"""The summary, from top to bottom."""

WIDE: tuple[tuple[Text, tuple[tuple[str, Text], ...]], ...] = (
    (
        Text("Tiếp nhận", "Intake"),
        (
            (M.CARRIED_OVER, Text("Tồn đầu kỳ", "Carried over")),
            (M.RECEIVED, Text("Tiếp nhận", "Received")),
            (M.TRANSFERRED_IN, Text("Nhận chuyển", "Taken over")),
        ),
    ),
    (
        Text("Phân loại", "Classification"),
        (
            (M.GROUP_1, Text("Nhóm 1", "Group 1")),
            (M.GROUP_2, Text("Nhóm 2", "Group 2")),
            (M.GROUP_3, Text("Nhóm 3", "Group 3")),
            (M.GROUP_4, Text("Nhóm 4", "Group 4")),
        ),
    ),
    (
        Text("Trả lời", "Answered"),
        (
            (M.ANSWERED_IN_TIME, Text("Đúng hạn", "In time")),
            (M.ANSWERED_LATE, Text("Quá hạn", "Late")),
            (M.ANSWERED_LATE_INFORMED, Text("Quá hạn, có lý do", "Late, with reason")),
            (M.ANSWERED_NO_BASIS, Text("Chưa có căn cứ", "No basis")),
            (M.ANSWERED_PRIVATE, Text("Trả lời riêng", "Private")),
        ),
    ),
    (
        Text("Kết thúc khác, chuyển đi", "Other endings, passed on"),
        (
            (M.REFUSED, Text("Không tiếp nhận", "Not accepted")),
            (M.LAPSED, Text("Hết hạn bổ sung", "Not supplemented")),
            (M.TRANSFERRED_OUT, Text("Ra ngoài tỉnh", "Transferred out")),
            (M.RECALLED, Text("Thu hồi", "Recalled")),
            (M.PASSED_ON, Text("Sang cơ quan khác", "Passed on")),
        ),
    ),
    (
        Text("Tồn cuối kỳ", "Outstanding"),
        (
            (M.OUTSTANDING_IN_TIME, Text("Trong hạn", "In time")),
            (M.OUTSTANDING_OVERDUE, Text("Quá hạn", "Overdue")),
            (M.OUTSTANDING_OVERDUE_INFORMED, Text("Quá hạn, đã báo", "Overdue, informed")),
            (M.OUTSTANDING_NO_BASIS, Text("Chưa có căn cứ", "No basis")),
        ),
    ),
)
"""Columns of the tables by agency and by field, under their group headings."""

NARROW: tuple[tuple[Text, str], ...] = (
    (Text("Tồn đầu", "Carried"), M.CARRIED_OVER),
    (Text("Nhận", "Received"), M.RECEIVED),
    (Text("Kết thúc", "Closed"), M.CLOSED),
    (Text("Đúng hạn", "In time"), M.ANSWERED_IN_TIME),
    (Text("Quá hạn", "Late"), M.ANSWERED_LATE),
    (Text("Tồn cuối", "Outstanding"), M.OUTSTANDING),
    (Text("Tồn quá hạn", "Overdue"), M.OUTSTANDING_OVERDUE),
)
"""Columns that fit a screen."""

WIDE_KEYS = tuple(key for _, columns in WIDE for key, _ in columns)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row: its name and where its numbers come from; everything None is the total."""

    label: str
    agency: str | None = None
    field: str | None = None
    channel: Channel | None = None

    def count(self, report: Report, key: str) -> int:
        """The number of this row."""
        return report.count(key, agency=self.agency, field=self.field, channel=self.channel)

    def average(self, report: Report) -> float | None:
        """Average working days of this row."""
        return report.average_days(agency=self.agency, field=self.field, channel=self.channel)

    def ids(self, report: Report, key: str) -> tuple[str, ...]:
        """The case numbers behind the number."""
        return report.ids(key, agency=self.agency, field=self.field, channel=self.channel)


def total(report: Report, lang: Lang = "vi") -> Line:
    """The row of the whole: of the province, or of what the report is narrowed to."""
    return Line(label=(SUBTOTAL if report.scope else TOTAL).say(lang))


TOTAL = Text("Toàn tỉnh", "Whole province")
SUBTOTAL = Text("Tổng", "Total")
AVERAGE = Text("Ngày bình quân", "Average days")


def by_agency(report: Report) -> list[Line]:
    """A row for each agency, in the order of the Vietnamese alphabet."""
    codes = {cell.agency for cell in report.cube}
    lines = [Line(label=report.names.agency(code), agency=code) for code in codes]
    return sorted(lines, key=lambda line: (sort_key(line.label), line.agency or ""))


def by_field(report: Report, lang: Lang = "vi") -> list[Line]:
    """A row for each field; cases without one last."""
    codes = {cell.field or "" for cell in report.cube}
    lines = [Line(label=report.names.field(code or None, lang), field=code) for code in codes]
    return sorted(lines, key=lambda line: (not line.field, sort_key(line.label)))


def by_channel(report: Report, lang: Lang = "vi") -> list[Line]:
    """A row for each channel through which cases came, the busiest first."""
    used = {cell.channel for cell in report.cube if report.cube[cell].get(M.RECEIVED)}
    lines = [Line(label=report.names.channel(channel, lang), channel=channel) for channel in used]
    return sorted(lines, key=lambda line: (-line.count(report, M.RECEIVED), sort_key(line.label)))


@dataclass(frozen=True, kw_only=True)
class DutyLine:
    """One duty and its four numbers."""

    duty: Duty
    label: Text
    keys: tuple[str, ...]


OUTCOMES = tuple((outcome, OUTCOME_LABELS[outcome]) for outcome in Outcome)


ALWAYS = frozenset({Duty.CLASSIFY, Duty.HANDLE, Duty.COORDINATE, Duty.PUBLISH})


def by_duty(report: Report, line: Line | None = None) -> list[DutyLine]:
    """A row for each duty of the Quy chế, and for a portal's duties where cases have them; of a line only what it has."""
    lines = [
        DutyLine(
            duty=duty,
            label=DUTY_LABELS[duty][0],
            keys=tuple(duty_key(duty, outcome) for outcome in Outcome),
        )
        for duty in DUTIES
    ]
    if line is not None:
        return [one for one in lines if any(line.count(report, key) for key in one.keys)]
    return [one for one in lines if one.duty in ALWAYS or any(map(report.count, one.keys))]


def share(report: Report, line: Line) -> float:
    """The row's part of everything received, from 0 to 1."""
    whole = report.count(M.RECEIVED)
    return line.count(report, M.RECEIVED) / whole if whole else 0.0


def behind(report: Report) -> Iterator[tuple[str, Line, str]]:
    """The drill-down: for each row of each table and each number that is not zero its case numbers."""
    keys = [key for key in MEASURES if report.count(key)]
    for line in (total(report), *by_agency(report), *by_field(report)):
        for key in keys:
            for number in line.ids(report, key):
                yield key, line, number


def depth(key: str) -> int:
    """How deep a number lies within others: 0 for one that stands by itself."""
    outer = MEASURES[key].part_of
    return 0 if outer is None else 1 + depth(outer)


def number(value: float | None, lang: Lang = "vi") -> str:
    """A number as people read it: one decimal, a comma in Vietnamese; a dash for none."""
    if value is None:
        return "–"
    whole, _, tenth = f"{value:,.1f}".partition(".")
    return f"{whole.replace(',', '.')},{tenth}" if lang == "vi" else f"{whole}.{tenth}"


def amount(count: int, lang: Lang = "vi") -> str:
    """A whole number as people read it: thousands parted by a point in Vietnamese, by a comma in English."""
    text = f"{count:,}"
    return text.replace(",", ".") if lang == "vi" else text


EXPLAINED = (*MEASURES.items(), ("average_days", AVERAGE_DAYS))
"""Every number with how it is counted: the notes."""
