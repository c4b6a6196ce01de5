"""The sealed columns of a case and its sender, from their members in clear."""

from collections.abc import Mapping
from typing import Any

from adapters.register.phones import phone_digest
from adapters.register.sealed import CASE, CONTACT, CaseKeys, case_place, close, contact_place
from connector.sealing import MasterKeys


def sealed_columns(
    keys: CaseKeys, masters: MasterKeys, columns: Mapping[str, Any]
) -> dict[str, bytes | None]:
    """What is kept of the secret members: parameters of ``create_case`` and ``update_header``.

    Of a sender whose contact key was destroyed nothing is kept any more.
    """
    sender = {name: columns[f"sender_{name}"] for name in CONTACT} if keys.contact else dict.fromkeys(CONTACT)
    return {
        "sealed": close(keys.file, case_place(keys.case_id), {name: columns[name] for name in CASE}),
        "contact_sealed": close(keys.contact, contact_place(keys.case_id), sender),
        "phone_digest": phone_digest(masters, sender["phone"]),
    }
