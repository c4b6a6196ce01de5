"""The one place where due days are computed: once, when an act is written, and kept in it (invariant 2).

:func:`.unit.write` takes nothing but what came through here, so no way into the register can forget a clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NewType

from adapters.register.commands import NewAct
from adapters.register.refusals import Code, RegisterRefused
from connector.case import REGISTER, Act, ActKind, Channel
from connector.rules.book import RuleBook
from connector.rules.stamp import TermTooLong, local_day, stamps

Stamped = NewType("Stamped", tuple[Act, ...])
"""Acts with the clocks that they open."""

NOTHING = Stamped(())
"""A change of the case without an act."""

UNBORN = f"{REGISTER}:new"
"""Stands for the id of an own act until the store numbers it."""

CHANNELS: Mapping[str, Channel] = {
    "web": Channel.WEB,
    "app": Channel.MOBILE_APP,
    "zalo": Channel.ZALO,
    "facebook": Channel.FACEBOOK,
    "phone": Channel.PHONE,
    "officer": Channel.OFFICER,
    "dvcqg": Channel.NATIONAL_PORTAL,
    "nguoidan": Channel.GOVERNMENT_PORTAL_CITIZEN,
    "doanhnghiep": Channel.GOVERNMENT_PORTAL_BUSINESS,
}
"""The register's codes of channels."""


def stamped(book: RuleBook, acts: Sequence[NewAct | Act], *, known: Sequence[Act], channel: str) -> Stamped:
    """The acts with their due days, each computed from the acts before it.

    Args:
        known: the acts of the case so far, in order.
        channel: the register's code of the case's channel.

    Raises:
        RegisterRefused: DUE_TOO_LATE, DUE_TOO_EARLY if an official set another end than the law allows (R32);
            PACK_UNKNOWN if the pack that is to be adopted may govern no case on that day.
    """
    told = list(known)
    for act in acts:
        told.append(_stamped(book, told, act.numbered(UNBORN) if isinstance(act, NewAct) else act, channel))
    return Stamped(tuple(told[len(known) :]))


def _stamped(book: RuleBook, known: Sequence[Act], act: Act, channel: str) -> Act:
    if act.kind is ActKind.PACK_ADOPTED:
        _check_pack(book, act)
    try:
        found = stamps(book, known, act, channel=CHANNELS[channel])
    except TermTooLong as error:
        senders = act.kind is ActKind.SUPPLEMENT_REQUESTED
        raise RegisterRefused(
            Code.DUE_TOO_EARLY if senders else Code.DUE_TOO_LATE, str(error.legal)
        ) from None
    return replace(act, details={**act.details, **found})


def _check_pack(book: RuleBook, act: Act) -> None:
    ref = act.details["rule_pack"]
    if not any(pack.ref == ref and pack.in_force(local_day(act.at)) for pack in book.binding()):
        raise RegisterRefused(Code.PACK_UNKNOWN, ref)
