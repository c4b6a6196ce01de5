"""Guards against mass damage: pure decisions on numbers. A guard stops one flow; a person releases it.

Each raises :class:`connector.errors.SafetyStop` whose detail holds the guard's name and whole numbers only, fit for
the ledger and the alert. ``accepted`` is the number that a person has seen and released: up to it the guard is quiet.

A release lets the number pass that was shown, once. Guards of reading (:data:`ONCE`) use it up with the next page
that is stored; guards of writing (:data:`PLANNED`) count only what was planned after it.
"""

from datetime import datetime

from pydantic import Field

from connector.errors import SafetyStop
from connector.sections.base import Section


class GuardSettings(Section):
    """Thresholds. The minimum counts keep a small or fresh installation from tripping over its own small numbers.

    Attributes:
        shrink_min_count: an emptied or shrunken whole answer is judged only if the one before held at least this many.
        shrink_keep_percent: a whole answer must keep at least this share of the one before.
        flood_min_count: up to this many changed cases within the window are never a flood.
        flood_percent: above this share of the cases linked there, the changes within the window are a flood;
            100 turns the guard off.
        withdrawal_min_count, withdrawal_percent: the same for cases that would end there without an answer
            (withdrawn, recalled, refused, handed back or on).
        window_s: the window of both; writes are counted by when they were planned.
        rewrite_min_count, rewrite_percent: the same for cases that a changed mapping, policy or setting would rewrite.
        future_tolerance_s: how far ahead of our clock a watermark may lie.
        clock_every_s: how often a system's clock is compared with ours; asking is a call of its own.
        max_clock_skew_s: how far a system's clock may differ from ours; WS-Security tolerates 60 seconds
            (government-portal contract, security header).
    """

    shrink_min_count: int = Field(
        default=20,
        ge=1,
        description="chỉ xét khi lần trước có ít nhất / judged only if so many were expected",
    )
    shrink_keep_percent: int = Field(
        default=50,
        ge=0,
        le=100,
        description="phải còn ít nhất bao nhiêu phần trăm / least share of them that must be told",
    )
    flood_min_count: int = Field(
        default=1000,
        ge=1,
        description="số hồ sơ thay đổi luôn cho qua / so many changed cases are never a flood",
    )
    flood_percent: int = Field(
        default=30,
        ge=1,
        le=100,
        description="tỷ lệ hồ sơ thay đổi tối đa; 100 = tắt / most changed cases, in percent of the linked ones; 100 = off",
    )
    withdrawal_min_count: int = Field(
        default=100,
        ge=1,
        description="số hồ sơ kết thúc không trả lời luôn cho qua / so many cases may always end without an answer",
    )
    withdrawal_percent: int = Field(
        default=5,
        ge=1,
        le=100,
        description="tỷ lệ tối đa của chúng; 100 = tắt / most of them, in percent of the linked ones; 100 = off",
    )
    window_s: int = Field(
        default=3600, ge=1, description="khoảng thời gian đếm thay đổi / time over which changes are counted"
    )
    rewrite_min_count: int = Field(
        default=100,
        ge=1,
        description="đổi ánh xạ, cấu hình: số hồ sơ ghi lại luôn cho qua / so many cases a new mapping may rewrite",
    )
    rewrite_percent: int = Field(
        default=5,
        ge=1,
        le=100,
        description="tỷ lệ tối đa của chúng; 100 = tắt / most of them, in percent of the linked ones; 100 = off",
    )
    future_tolerance_s: int = Field(
        default=300,
        ge=0,
        description="mốc thời gian được sớm hơn bao nhiêu giây / how far a watermark may lie ahead",
    )
    clock_every_s: int = Field(
        default=3600,
        ge=0,
        description="chu kỳ so đồng hồ / how often a system's clock is compared with ours",
    )
    max_clock_skew_s: int = Field(
        default=60, ge=1, description="độ lệch đồng hồ tối đa / most clock skew of a system"
    )


AMOUNTS = {
    "emptied_answer": "total",
    "shrunken_answer": "total",
    "future_watermark": "ahead_s",
    "clock_skew": "ahead_s",
    "flood": "changed",
    "withdrawals": "withdrawn",
    "rewrite": "cases",
}
"""Guard → the number of its stop that a person lets pass."""

ONCE = frozenset({"emptied_answer", "shrunken_answer", "future_watermark", "clock_skew"})
"""Guards of reading: a release is used up with the next page that is stored."""

_MOST = 10**8 - 1

PLANNED = frozenset({"flood", "withdrawals"})
"""Guards of writing: what was planned before a release is not counted again."""


def check_answer(
    total: int,
    before: int | None,
    settings: GuardSettings,
    *,
    system: str | None = None,
    accepted: int | None = None,
) -> None:
    """A system that tells everything that waits must not suddenly tell nothing, or much less.

    Args:
        total: items in this whole answer.
        before: items in the one before; None if there was none.
        accepted: the smallest total that a person has released.

    Raises:
        SafetyStop: emptied (``emptied_answer``) or below the share (``shrunken_answer``).
    """
    if before is None or before < settings.shrink_min_count or (accepted is not None and total >= accepted):
        return
    least = -(-before * settings.shrink_keep_percent // 100)
    if total == 0:
        msg = f"the system tells no case at all; the answer before held {before}"
        raise _stop(msg, "emptied_answer", system, total=total, before=before, limit=least)
    if total < least:
        msg = (
            f"the system tells {total} cases; the answer before held {before}, at least {least} were expected"
        )
        raise _stop(msg, "shrunken_answer", system, total=total, before=before, limit=least)


def check_flood(
    changed: int,
    known: int,
    settings: GuardSettings,
    *,
    system: str | None = None,
    accepted: int | None = None,
) -> None:
    """A large part of what is linked must not change at once: that is a faulty portal, mapping or clock.

    Args:
        changed: linked cases that would be changed at ``system`` within the window.
        known: cases linked there.
        accepted: the largest number that a person has released.

    Raises:
        SafetyStop: ``flood``.
    """
    limit = max(settings.flood_min_count, known * settings.flood_percent // 100)
    if changed > limit and (accepted is None or changed > accepted):
        msg = f"{changed} cases would be changed; {known} are linked, the guard allows {limit}"
        raise _stop(msg, "flood", system, changed=changed, known=known, limit=limit)


def check_withdrawals(
    withdrawn: int, known: int, settings: GuardSettings, *, system: str | None = None
) -> None:
    """Many cases must not end at once without an answer: senders do not withdraw by the hundred.

    Raises:
        SafetyStop: ``withdrawals``.
    """
    limit = max(settings.withdrawal_min_count, known * settings.withdrawal_percent // 100)
    if withdrawn > limit:
        msg = f"{withdrawn} cases would end without an answer; {known} are linked, the guard allows {limit}"
        raise _stop(msg, "withdrawals", system, withdrawn=withdrawn, known=known, limit=limit)


def check_rewrite(count: int, known: int, settings: GuardSettings, *, system: str | None = None) -> None:
    """A changed mapping, policy or setting must not rewrite many cases unseen.

    Args:
        count: settled cases that would be written to ``system`` for no other reason than the change.
        known: cases linked there.

    Raises:
        SafetyStop: ``rewrite``.
    """
    limit = max(settings.rewrite_min_count, known * settings.rewrite_percent // 100)
    if count > limit:
        msg = f"a changed mapping or setting would rewrite {count} cases; {known} are linked, the guard allows {limit}"
        raise _stop(msg, "rewrite", system, cases=count, known=known, limit=limit)


def check_watermark(
    watermark: datetime,
    now: datetime,
    settings: GuardSettings,
    *,
    system: str | None = None,
    accepted: int | None = None,
) -> None:
    """A watermark in the future would skip every change until then.

    Args:
        accepted: so many seconds ahead were released.

    Raises:
        SafetyStop: ``future_watermark``.
    """
    ahead, allowed = (watermark - now).total_seconds(), settings.future_tolerance_s
    if ahead > allowed and (accepted is None or ahead > accepted + allowed):
        msg = f"the watermark lies {int(ahead)} s in the future, the guard allows {allowed} s"
        raise _stop(msg, "future_watermark", system, ahead_s=int(ahead), limit_s=allowed)


def check_clock(
    server_time: datetime,
    now: datetime,
    settings: GuardSettings,
    *,
    round_trip_s: float = 0,
    system: str | None = None,
    accepted: int | None = None,
) -> None:
    """Two clocks far apart make deadlines, watermarks and security headers wrong.

    Args:
        server_time: what the system said its time is.
        now: our time when the answer was whole.
        round_trip_s: how long the call took; the answer may be that old.
        accepted: the difference that was released, in seconds.

    Raises:
        SafetyStop: ``clock_skew``; ``ahead_s`` is positive if the system's clock is ahead of ours.
    """
    ahead = (server_time - now).total_seconds()
    # the Date header has whole seconds, so one second is no difference
    allowed = settings.max_clock_skew_s + 1
    released = accepted is not None and abs(ahead - accepted) <= allowed
    if (ahead > allowed or ahead < -(allowed + round_trip_s)) and not released:
        msg = f"the system's clock differs from ours by {int(ahead)} s, the guard allows {settings.max_clock_skew_s} s"
        raise _stop(msg, "clock_skew", system, ahead_s=int(ahead), limit_s=settings.max_clock_skew_s)


def _stop(message: str, guard: str, system: str | None, **numbers: int) -> SafetyStop:
    where = {"system": system} if system else {}
    # the ledger holds no number of nine digits: it could be somebody's
    fit = {name: max(-_MOST, min(_MOST, value)) for name, value in numbers.items()}
    return SafetyStop(message, guard=guard, **where, **fit)
