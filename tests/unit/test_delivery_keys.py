"""Idempotency keys of writes."""

from connector.mapping.intent import IntentKind
from connector.sync.keys import delivery_key, next_key

ORIGIN = ("national_portal", "900000123")


def test_the_same_intent_has_the_same_key_in_every_database():
    """A rebuilt or restored database sends under the keys that the other side knows already."""
    first = delivery_key("register", ORIGIN, IntentKind.CREATE, None, 0)
    assert first == delivery_key("register", ORIGIN, IntentKind.CREATE, None, 0)


def test_whatever_differs_has_another_key():
    keys = {
        delivery_key("register", ORIGIN, IntentKind.CREATE, None, 0),
        delivery_key("national_portal", ORIGIN, IntentKind.CREATE, None, 0),
        delivery_key("register", ("national_portal", "900000124"), IntentKind.CREATE, None, 0),
        delivery_key("register", ("government_portal", "900000123"), IntentKind.CREATE, None, 0),
        delivery_key("register", ORIGIN, IntentKind.UPDATE, None, 0),
        delivery_key("register", ORIGIN, IntentKind.UPDATE, None, 1),
        delivery_key("register", ORIGIN, IntentKind.APPEND, "national_portal:1.1", 0),
        delivery_key("register", ORIGIN, IntentKind.APPEND, "national_portal:1.1", 0, 1),
    }
    assert len(keys) == 8


def test_renewed_keys_never_come_back():
    keys = [delivery_key("register", ORIGIN, IntentKind.CREATE, None, 0)]
    for _ in range(20):
        keys.append(next_key(keys[-1]))
    assert len(set(keys)) == 21
