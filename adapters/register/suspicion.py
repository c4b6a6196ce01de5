"""A text whose words are those of a denunciation holds its case until a person has looked (R04). Pure.

At intake the act of receipt itself says so; a text that comes later brings an act of its own. Both are lifted by
``release_hold``, or the case is refused with a pointer to the right channel. Tightening needs no person; loosening does.
"""

from datetime import datetime

from adapters.register.commands import NewAct
from adapters.register.states import DENUNCIATION, CaseState, State
from connector.case import ActKind
from connector.rules.classify import sounds_like_denunciation

NATURE = "to_cao"
"""The nature of a case whose sender, or whose system of entry, calls it a denunciation."""


def held_for(
    state: CaseState, at: datetime, *texts: str | None, nature: str | None = None
) -> tuple[NewAct, ...]:
    """The hold that new texts or a new nature bring about; nothing if the case is held already or there is no cause."""
    suspected = sounds_like_denunciation(*filter(None, texts))
    if state.held or state.state is State.NGOAI_HE_THONG or not (suspected or nature == NATURE):
        return ()
    details = {
        "decision": "hold",
        "basis": "Quy chế Đ1.2",
        **({"suspected": DENUNCIATION} if suspected else {}),
    }
    return (NewAct(kind=ActKind.RESTRICTED, at=at, agency=state.agency, details=details),)
