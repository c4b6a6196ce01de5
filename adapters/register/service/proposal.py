"""What the rules propose for a case that nobody has classified yet: shown to the official, who decides (R16)."""

from collections.abc import Mapping
from datetime import date

from adapters.register.directory import Directory
from adapters.register.service.unit import Loaded
from adapters.register.service.values import ProposedReason, ProposedStep
from adapters.register.states import State
from connector.case import Nature, Sender
from connector.rules.classify import BASIS, Facts, propose
from connector.texts import say

NATURES: Mapping[str, Nature] = {
    "hanh_vi_cong_vu": Nature.CONDUCT,
    "quy_dinh_hanh_chinh": Nature.REGULATION,
    "sang_kien": Nature.PROPOSAL,
    "hien_truong": Nature.SITE,
    "khieu_nai": Nature.COMPLAINT,
    "to_cao": Nature.DENUNCIATION,
    "tu_van_phap_luat": Nature.LEGAL_ADVICE,
}
"""The register's codes of natures."""


def proposed(loaded: Loaded, directory: Directory, today: date) -> ProposedStep | None:
    """The proposal for the present custodian; None once the case is classified."""
    if loaded.state.state is not State.MOI:
        return None
    found = propose(_facts(loaded, directory, today))
    return ProposedStep(
        group=found.group,
        reasons=tuple(
            ProposedReason(
                code=reason.value,
                basis=BASIS[reason],
                text_vi=say(f"classify.{reason}"),
                text_en=say(f"classify.{reason}", "en"),
            )
            for reason in found.reasons
        ),
        to_agency=found.to_agency,
    )


def _facts(loaded: Loaded, directory: Directory, today: date) -> Facts:
    row, state = loaded.row, loaded.state
    here = directory.agencies.get(state.agency)
    return Facts(
        title=row["title"],
        content=row["content"],
        nature=NATURES[row["nature"]],
        sender=Sender(
            name=row["sender_name"],
            organisation=row["sender_organisation"],
            phone=row["sender_phone"],
            address=row["sender_address"],
        ),
        field_taken=state.field_in_scope,
        contact_required=state.pack is not None,
        custodian=here.name if here else "",
        agencies={
            agency.name: agency.code
            for agency in directory.agencies.values()
            if agency.code != state.agency and directory.active(agency.code, today)
        },
    )
