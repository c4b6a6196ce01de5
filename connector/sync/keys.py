"""Idempotency keys of writes."""

from uuid import NAMESPACE_URL, UUID, uuid5

from connector.mapping.intent import IntentKind

_SPACE = uuid5(NAMESPACE_URL, "urn:phanhoi-connector:delivery")


def delivery_key(
    target: str, case_id: int, intent: IntentKind, act_id: str | None, revision: int, epoch: int = 0
) -> UUID:
    """The key of a write: the same intent always has the same key; one that was renewed has the next."""
    return uuid5(_SPACE, f"{target}|{case_id}|{intent.value}|{act_id or ''}|{revision}|{epoch}")
