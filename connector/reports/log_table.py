"""An entry of the log as a row that people read: the columns that the CSV, the workbook and the letter share. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.clock import LOCAL_ZONE
from connector.ledger.entry import Entry
from connector.ledger.export import Proof
from connector.ledger.filter import LogFilter
from connector.ledger.guard import Scalar
from connector.ledger.kinds import KIND_TEXTS, EntryKind
from connector.texts import CATALOGUE, Lang, Text


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: its name for programs, its title for people, its width in a workbook."""

    name: str
    title: Text
    width: float


COLUMNS = (
    Column(name="so_muc", title=Text("Số mục", "Entry"), width=10),
    Column(name="thoi_diem", title=Text("Thời điểm (giờ Việt Nam)", "When (Vietnam)"), width=22),
    Column(name="loai", title=Text("Loại", "Kind"), width=18),
    Column(name="y_nghia", title=Text("Ý nghĩa", "Meaning"), width=48),
    Column(name="he_thong", title=Text("Hệ thống", "System"), width=20),
    Column(name="ho_so", title=Text("Hồ sơ", "Case"), width=10),
    Column(name="lenh_gui", title=Text("Lệnh gửi", "Delivery"), width=10),
    Column(name="tai_khoan", title=Text("Tài khoản", "Account"), width=18),
    Column(name="du_kien", title=Text("Dữ kiện", "Facts"), width=60),
    Column(name="ma_bam", title=Text("Mã băm", "Hash"), width=68),
)
"""In the order in which they stand in every view."""


@dataclass(frozen=True, kw_only=True)
class About:
    """What a view says of itself.

    Attributes:
        entries: how many it holds.
        proof: the checkpoint that covers them; the proof itself stands in the JSON Lines file.
    """

    wanted: LogFilter
    made_at: datetime
    made_by: str
    entries: int
    proof: Proof


def when(instant: datetime) -> str:
    """Vietnamese civil time, to the second; sorts as text."""
    return instant.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def meaning(kind: str, lang: Lang = "vi") -> str:
    """What the kind means; a kind of a newer version is named only."""
    try:
        return KIND_TEXTS[EntryKind(kind)].say(lang)
    except ValueError:
        return kind


def facts(data: Mapping[str, Scalar]) -> str:
    """``key=value`` for each fact."""
    return "; ".join(f"{key}={_plain(value)}" for key, value in data.items())


def _plain(value: Scalar) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: ""}[value]
    return str(value)


def cells(entry: Entry) -> tuple[str | int | None, ...]:
    """The values of the columns; numbers as numbers."""
    return (
        entry.seq,
        when(entry.at),
        entry.kind,
        meaning(entry.kind),
        entry.system,
        entry.case_id,
        entry.delivery_id,
        entry.actor,
        facts(entry.data),
        entry.hash,
    )


def conditions(wanted: LogFilter, lang: Lang = "vi") -> str:
    """The conditions in words."""
    told = [
        _FROM.say(lang, day=f"{wanted.first:%d/%m/%Y}") if wanted.first else "",
        _UNTIL.say(lang, day=f"{wanted.last:%d/%m/%Y}") if wanted.last else "",
        _named("head.system", wanted.systems, lang),
        _named("head.case", (str(wanted.case_id),) if wanted.case_id else (), lang),
        _named("head.kind", wanted.kinds, lang),
        _named("head.account", wanted.actors, lang),
        _named("head.ended_in", wanted.outcomes, lang),
    ]
    return "; ".join(filter(None, told)) or _ALL.say(lang)


_ALL = Text("toàn bộ nhật ký", "the whole log")
_FROM = Text("từ ngày {day}", "from {day}")
_UNTIL = Text("đến hết ngày {day}", "to the end of {day}")


def _named(key: str, values: tuple[str, ...], lang: Lang) -> str:
    return f"{CATALOGUE[key].say(lang)}: {', '.join(values)}" if values else ""
