"""Guards against mass damage: pure decisions on numbers. A guard stops one flow; a person releases it.

Each raises :class:`connector.errors.SafetyStop` whose detail holds the guard's name and whole numbers only, fit for
the ledger and the alert. ``accepted`` is the number that a person has seen and released: up to it the guard is quiet.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from connector.errors import SafetyStop


class GuardSettings(BaseModel):
    """Thresholds. The minimum counts keep a small or fresh installation from tripping over its own small numbers.

    Attributes:
        shrink_min_count: an emptied or shrunken whole answer is judged only if the one before held at least this many.
        shrink_keep_percent: a whole answer must keep at least this share of the one before.
        flood_min_count: up to this many changed cases in one run are never a flood.
        flood_percent: above this share of the cases known so far, the changes of one run are a flood.
        future_tolerance_s: how far ahead of our clock a watermark may lie.
        max_clock_skew_s: how far a system's clock may differ from ours; WS-Security tolerates 60 seconds
            (government-portal contract, security header).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

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
        description="số thay đổi mỗi lượt luôn cho qua / so many changes are never a flood",
    )
    flood_percent: int = Field(
        default=30,
        ge=1,
        le=100,
        description="tỷ lệ thay đổi tối đa mỗi lượt / most changes of one run, in percent of the known cases",
    )
    future_tolerance_s: int = Field(
        default=300,
        ge=0,
        description="mốc thời gian được sớm hơn bao nhiêu giây / how far a watermark may lie ahead",
    )
    max_clock_skew_s: int = Field(
        default=60, ge=1, description="độ lệch đồng hồ tối đa / most clock skew of a system"
    )


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
    """One run must not change a large part of what is known: that is a faulty portal, mapping or clock.

    Args:
        changed: cases that this run would change.
        known: cases known before the run.
        accepted: the largest number that a person has released.

    Raises:
        SafetyStop: ``flood``.
    """
    limit = max(settings.flood_min_count, known * settings.flood_percent // 100)
    if changed > limit and (accepted is None or changed > accepted):
        msg = f"{changed} cases would change in one run; {known} are known, the guard allows {limit}"
        raise _stop(msg, "flood", system, changed=changed, known=known, limit=limit)


def check_watermark(
    watermark: datetime, now: datetime, settings: GuardSettings, *, system: str | None = None
) -> None:
    """A watermark in the future would skip every change until then.

    Raises:
        SafetyStop: ``future_watermark``.
    """
    ahead = (watermark - now).total_seconds()
    if ahead > settings.future_tolerance_s:
        msg = f"the watermark lies {int(ahead)} s in the future, the guard allows {settings.future_tolerance_s} s"
        raise _stop(msg, "future_watermark", system, ahead_s=int(ahead), limit_s=settings.future_tolerance_s)


def check_clock(
    server_time: datetime,
    now: datetime,
    settings: GuardSettings,
    *,
    round_trip_s: float = 0,
    system: str | None = None,
) -> None:
    """Two clocks far apart make deadlines, watermarks and security headers wrong.

    Args:
        server_time: what the system said its time is.
        now: our time when the answer was whole.
        round_trip_s: how long the call took; the answer may be that old.

    Raises:
        SafetyStop: ``clock_skew``; ``ahead_s`` is positive if the system's clock is ahead of ours.
    """
    ahead = (server_time - now).total_seconds()
    # the Date header has whole seconds, so one second is no difference
    allowed = settings.max_clock_skew_s + 1
    if ahead > allowed or ahead < -(allowed + round_trip_s):
        msg = f"the system's clock differs from ours by {int(ahead)} s, the guard allows {settings.max_clock_skew_s} s"
        raise _stop(msg, "clock_skew", system, ahead_s=int(ahead), limit_s=settings.max_clock_skew_s)


def _stop(message: str, guard: str, system: str | None, **numbers: int) -> SafetyStop:
    where = {"system": system} if system else {}
    return SafetyStop(message, guard=guard, **where, **numbers)
