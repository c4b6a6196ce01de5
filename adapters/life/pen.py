"""Writes the steps of one story: each method is one thing that somebody does, worded by chance."""

from random import Random

from adapters.life import texts
from adapters.life.files import pdf
from adapters.life.people import commune
from adapters.life.script import HOME, REGISTER, Actor, Step
from connector.case import ActKind

VPCP = "000.00.00.G22"
NEIGHBOUR = "000.00.00.G15"
"""An agency outside the province: a transfer to it takes the case away."""

DEPARTMENT = "000.00.77.H56"
"""A fictitious agency inside the province."""


class Pen:
    """The scribe of one story.

    Attributes:
        portal: the portal that takes part, None in a local story.
        topic: what the case is about.
    """

    def __init__(self, rng: Random, *, label: str, topic: texts.Topic, portal: str | None) -> None:
        self.rng = rng
        self.label = label
        self.topic = topic
        self.portal = portal
        self.holder = HOME
        self._place = commune(rng)
        self._answer = texts.answer(rng, topic, self._place)
        self._versions = 0

    # ---- officials, in the register --------------------------------------------------------------------------

    def _official(self, kind: ActKind, text: str | None = None, **details: str) -> Step:
        return Step(
            system=REGISTER,
            kind=kind,
            by=Actor.OFFICIAL,
            text=text,
            details={"agency": self.holder, **details},
        )

    def hand_over(self, *, due_in_s: int | None = None) -> Step:
        """T9: to the specialised unit; with a due instant so near that it passes if asked for."""
        due = {} if due_in_s is None else {"due_in_s": str(due_in_s)}
        return self._official(ActKind.ASSIGNED, unit=texts.unit(self.rng), **due)

    def progress(self, count: int = 1) -> tuple[Step, ...]:
        """Reports of progress."""
        return tuple(self._official(ActKind.PROGRESS, text) for text in texts.progress(self.rng, count))

    def late_notice(self, *, wait_s: float) -> Step:
        """T11: the reason, once the due instant has passed."""
        step = self._official(ActKind.LATE_NOTICE, texts.late_reason(self.rng))
        return Step(
            system=step.system,
            kind=step.kind,
            by=step.by,
            text=step.text,
            details=step.details,
            wait_s=wait_s,
        )

    def refuse(self, reason_code: str) -> Step:
        """T2."""
        return self._official(ActKind.REFUSED, texts.REFUSALS[reason_code], reason_code=reason_code)

    def ask_supplement(self, *, due_in_s: int | None = None) -> Step:
        """T3."""
        due = {} if due_in_s is None else {"due_in_s": str(due_in_s)}
        return self._official(ActKind.SUPPLEMENT_REQUESTED, texts.missing(self.rng), **due)

    def lapse(self, *, wait_s: float) -> Step:
        """T5: nobody supplemented in time; the register's own clock closes the case."""
        return Step(
            system=REGISTER, kind=ActKind.LAPSED, by=Actor.CLOCK, details={"agency": HOME}, wait_s=wait_s
        )

    def reassign(self) -> Step:
        """T6: to another agency of the province, which acts from then on."""
        step = self._official(ActKind.REASSIGNED, texts.transfer_reason(self.rng), to_agency=DEPARTMENT)
        self.holder = DEPARTMENT
        return step

    def coordinate(self) -> tuple[Step, Step]:
        """T10: ask another agency and hear from it."""
        ask = self._official(
            ActKind.COORDINATION_REQUESTED, "Đề nghị phối hợp kiểm tra, cho ý kiến.", to_agency=DEPARTMENT
        )
        reply = Step(
            system=REGISTER,
            kind=ActKind.COORDINATION_ANSWERED,
            by=Actor.OFFICIAL,
            text="Đã kiểm tra, thống nhất với nội dung dự thảo.",
            details={"agency": DEPARTMENT},
        )
        return ask, reply

    def result(self) -> Step:
        """T12: the unit's result."""
        return self._official(ActKind.RESULT, self._answer)

    def send_back(self) -> Step:
        """T16: the result is not enough."""
        return self._official(ActKind.RESULT_SENT_BACK, "Kết quả chưa đủ căn cứ, đề nghị bổ sung.")

    def answer(self, *, publishable: bool = True, with_file: bool = False) -> Step:
        """T13, or T14 if not publishable. A second one is the corrected version."""
        self._versions += 1
        if self._versions > 1:
            self._answer = texts.corrected(self.rng, self._answer)
        signer, position = self.rng.choice(texts.SIGNERS)
        number = f"{self.rng.randint(10, 999)}/VP-MAU"
        name = f"tra-loi-v{self._versions}.signed.pdf"
        label = f"{self.label} answer {self._versions}"
        step = self._official(
            ActKind.ANSWERED,
            self._answer,
            publishable="1" if publishable else "0",
            version=str(self._versions),
            signer=signer,
            signer_position=position,
            document_number=number,
        )
        files = (pdf(name, label, signed=True),) if with_file else ()
        return Step(
            system=step.system, kind=step.kind, by=step.by, text=step.text, details=step.details, files=files
        )

    def transfer_out(self) -> Step:
        """To an agency outside the province."""
        return self._official(ActKind.TRANSFERRED, texts.transfer_reason(self.rng), to_agency=NEIGHBOUR)

    def return_vpcp(self) -> Step:
        """Back to the Government Office."""
        return self._official(ActKind.RETURNED, texts.return_reason(self.rng), to_agency=VPCP)

    def decide_recall(self, *, agree: bool) -> Step:
        """A person's answer to a recall."""
        kind = ActKind.RECALL_AGREED if agree else ActKind.RECALL_REFUSED
        text = "Đồng ý thu hồi." if agree else "Đề nghị giữ lại: đã có kết quả xử lý, đang trình ký trả lời."
        return self._official(kind, text)

    # ---- citizens and operators ------------------------------------------------------------------------------

    def _portal(
        self, kind: ActKind, text: str | None = None, *, by: Actor = Actor.OPERATOR, **details: str
    ) -> Step:
        if self.portal is None:
            msg = "a local story has no portal"
            raise ValueError(msg)
        return Step(system=self.portal, kind=kind, by=by, text=text, details=details)

    def supplement(self) -> Step:
        """The sender adds what was missing, where the case was entered; now and then with a file."""
        files = (pdf("bo-sung.pdf", f"{self.label} supplement"),) if self.rng.random() < 0.5 else ()
        return Step(
            system=self.portal or REGISTER,
            kind=ActKind.SUPPLEMENTED,
            by=Actor.CITIZEN,
            text=texts.supplement(self.rng),
            files=files,
        )

    def publish(self) -> Step:
        """The portal publishes the answer."""
        return self._portal(ActKind.PUBLISHED)

    def unpublish(self) -> Step:
        """The portal takes it off again."""
        return self._portal(ActKind.UNPUBLISHED)

    def rework(self) -> Step:
        """The portal sends the answer back."""
        return self._portal(ActKind.RETURNED_FOR_REWORK, texts.rework_reason(self.rng))

    def recall(self) -> Step:
        """The portal takes the case back."""
        return self._portal(ActKind.RECALLED, texts.recall_reason(self.rng))

    def remind(self) -> Step:
        """The portal asks where the answer stays."""
        return self._portal(ActKind.REMINDED, texts.reminder(self.rng))

    def change_due(self) -> Step:
        """The portal sets another due instant."""
        return self._portal(ActKind.DUE_CHANGED, due_in_s=str(86_400 * self.rng.randint(10, 30)))

    def rate(self) -> Step:
        """The sender likes the answer or does not."""
        like = self.rng.random() < 0.7
        comment = texts.comment(self.rng, like=like)
        return self._portal(ActKind.RATED, comment, by=Actor.CITIZEN, like="1" if like else "0")
