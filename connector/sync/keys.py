"""Idempotency keys of writes."""

from uuid import NAMESPACE_URL, UUID, uuid5

from connector.mapping.intent import IntentKind

_SPACE = uuid5(NAMESPACE_URL, "urn:phanhoi-connector:delivery")


def delivery_key(
    target: str,
    origin: tuple[str, str],
    intent: IntentKind,
    act_id: str | None,
    revision: int,
    epoch: int = 0,
) -> UUID:
    """The key of a write: the same intent always has the same key; one that was planned anew has another.

    Named after the case's origin, never after our own number of it: a database that was rebuilt, or restored from a
    backup, numbers its cases anew, and a key that the other side knows for another case would lose a write.
    """
    name = "|".join((target, *origin, intent.value, act_id or "", str(revision), str(epoch)))
    return uuid5(_SPACE, name)


def next_key(key: UUID) -> UUID:
    """The key after one under which the other side certainly wrote nothing."""
    return uuid5(_SPACE, f"{key}|next")
