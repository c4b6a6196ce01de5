"""The mapping layer: data under ``mappings/`` turns records into cases and intents into operations.

Pure: reads files in ``load``, nothing else; knows no adapter, no store, no clock.
"""

from connector.mapping.agencies import Agency, AgencyList, AgencySide, Level
from connector.mapping.intent import Intent, IntentKind
from connector.mapping.mapping import Mapping, MappingSet, SharedLists
from connector.mapping.policy import Identity, PlaceDetail, Policy, PortalPolicy, Route, RouteRule
from connector.mapping.text import has_markup, plain_text

__all__ = [
    "Agency",
    "AgencyList",
    "AgencySide",
    "Identity",
    "Intent",
    "IntentKind",
    "Level",
    "Mapping",
    "MappingSet",
    "PlaceDetail",
    "Policy",
    "PortalPolicy",
    "Route",
    "RouteRule",
    "SharedLists",
    "has_markup",
    "plain_text",
]
