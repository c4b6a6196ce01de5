"""Cases for reports: their acts are stamped as the register does it when they are written."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from connector.case import (
    Act,
    ActKind,
    Attachment,
    Case,
    Channel,
    Header,
    Nature,
    Place,
    Privacy,
    Sender,
    SenderKind,
)
from connector.clock import LOCAL_ZONE
from connector.mapping.files import Source
from connector.mapping.mapping import SharedLists
from connector.mapping.trouble import FileTrouble
from connector.reports.count import report
from connector.reports.cube import Report
from connector.reports.names import Names
from connector.reports.period import Period
from connector.rules.book import RuleBook
from connector.rules.stamp import stamps

ROOT = Path(__file__).parents[2] / "mappings"
BOOK = RuleBook.load(ROOT)
_TROUBLE = FileTrouble()
LISTS = SharedLists.load(Source(ROOT, None, _TROUBLE))
_TROUBLE.raise_if_any()

MAU, VI_DU, MOI_TRUONG, DAU_MOI = "000.00.77.H56", "000.00.78.H56", "000.00.11.H56", "000.00.01.H56"
TT_TT, KH_CN = "000.00.12.H56", "000.00.13.H56"
LATER = datetime(2030, 1, 1, tzinfo=LOCAL_ZONE)
K = ActKind


def at(text: str) -> datetime:
    """``2026-11-20`` at nine, or ``2026-11-20 23:59:59``."""
    return datetime.fromisoformat(text if " " in text else f"{text} 09:00").replace(tzinfo=LOCAL_ZONE)


def names(day: str) -> Names:
    return Names(agencies=LISTS.agencies, fields=LISTS.fields, day=date.fromisoformat(day))


class Story:
    """One case and its acts in the making."""

    def __init__(
        self,
        number: int,
        channel: Channel = Channel.WEB,
        field: str | None = "moi_truong",
        privacy: Privacy = Privacy.OPEN,
    ) -> None:
        self.number = number
        self.channel = channel
        self.field = field
        self.privacy = privacy
        self.acts: list[Act] = []
        self.files: tuple[Attachment, ...] = ()

    @property
    def code(self) -> str:
        return f"000.00.00.H56-261118-{self.number:05d}"

    def add(
        self, kind: ActKind, when: str, *, system: str = "register", agency: str = MAU, **details: str
    ) -> "Story":
        act = Act(
            id=f"{system}:{self.number}.{len(self.acts)}",
            kind=kind,
            at=at(when),
            agency=agency,
            details=details,
        )
        stamped = stamps(BOOK, self.acts, act, channel=self.channel)
        self.acts.append(replace(act, details={**details, **stamped}))
        return self

    # ---- steps by their names in the rules ------------------------------------------------------------------

    def received(self, when: str, agency: str = MAU) -> "Story":
        return self.add(K.RECEIVED, when, agency=agency)

    def handed_over(self, when: str, agency: str = MAU) -> "Story":
        return self.add(K.ACCEPTED, when, agency=agency, group="4").add(
            K.ASSIGNED, when, agency=agency, unit="Phòng Mẫu"
        )

    def passed_to(self, to: str, when: str, **details: str) -> "Story":
        return self.add(K.REASSIGNED, when, to_agency=to, **details)

    def result(self, when: str, agency: str = MAU) -> "Story":
        return self.add(K.RESULT, when, agency=agency)

    def answered(
        self, when: str, *, privately: bool = False, version: str = "1", agency: str = MAU
    ) -> "Story":
        return self.add(
            K.ANSWERED, when, agency=agency, publishable="0" if privately else "1", version=version
        )

    def case(self) -> Case:
        return Case(
            system="register",
            ref=str(self.number),
            code=self.code,
            origin=("register", str(self.number)),
            header=Header(
                title="Rác thải ứ đọng trước chợ Mẫu",
                content="Rác thải đổ ra đường đã nhiều ngày, đề nghị thu gom.",
                nature=Nature.SITE,
                channel=self.channel,
                sender_kind=SenderKind.CITIZEN,
                sender=Sender(name="Nguyễn Văn Mẫu", phone="0900000000", anonymous=False),
                submitted_at=self.acts[0].at,
                agency=MAU,
                privacy=self.privacy,
                field=self.field,
                place=Place(text="Chợ Mẫu, xã Mẫu, tỉnh Thanh Hóa"),
            ),
            acts=tuple(self.acts),
            attachments=self.files,
        )


def counted(stories: list[Story], period: str, now: datetime = LATER) -> Report:
    """The report of these stories."""
    span = Period.parse(period)
    return report((one.case() for one in stories), span, BOOK, names(str(span.last)), now)
