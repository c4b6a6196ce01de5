"""Who may do what in the console: the one table of roles and rights. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Right(StrEnum):
    """What a route asks for. ``ANYONE`` needs no account, ``SIGNED_IN`` any."""

    ANYONE = "anyone"
    SIGNED_IN = "signed_in"
    SEE_CASE = "see_case"
    SEE_SENDER = "see_sender"
    SEE_FLOW = "see_flow"  # how the whole stands: systems, deliveries, quarantine, runs, pauses
    REPORT = "report"  # the numbers of the Quy chế and the cases behind them
    RETRY = "retry"
    DECIDE_DOUBT = "decide_doubt"
    PAUSE = "pause"
    PLAN = "plan"
    APPROVE = "approve"
    READ_LOG = "read_log"
    VERIFY_LOG = "verify_log"  # verify and export
    SETTINGS = "settings"
    USERS = "users"


class Role(StrEnum):
    """What an account is. An account has one role; nobody approves and plans under the same one."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    APPROVER = "approver"
    AUDITOR = "auditor"
    SECURITY_OFFICER = "security_officer"


R = Right
RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({R.SEE_CASE, R.SEE_FLOW, R.REPORT}),
    Role.OPERATOR: frozenset(
        {R.SEE_CASE, R.SEE_FLOW, R.REPORT, R.SEE_SENDER, R.RETRY, R.DECIDE_DOUBT, R.PAUSE, R.PLAN, R.READ_LOG}
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            R.SEE_CASE,
            R.SEE_FLOW,
            R.REPORT,
            R.RETRY,
            R.PAUSE,
            R.PLAN,
            R.READ_LOG,
            R.VERIFY_LOG,
            R.SETTINGS,
            R.USERS,
        }
    ),
    Role.APPROVER: frozenset({R.SEE_CASE, R.SEE_FLOW, R.REPORT, R.DECIDE_DOUBT, R.APPROVE, R.READ_LOG}),
    Role.AUDITOR: frozenset({R.SEE_CASE, R.SEE_FLOW, R.REPORT, R.READ_LOG, R.VERIFY_LOG, R.SETTINGS}),
    Role.SECURITY_OFFICER: frozenset(
        {
            R.SEE_CASE,
            R.SEE_FLOW,
            R.REPORT,
            R.SEE_SENDER,
            R.PAUSE,
            R.READ_LOG,
            R.VERIFY_LOG,
            R.SETTINGS,
            R.USERS,
        }
    ),
}
"""The table. ``docs/console.md`` shows it; a test keeps both equal."""

CHANGES = frozenset({R.RETRY, R.DECIDE_DOUBT, R.PAUSE, R.PLAN, R.APPROVE, R.USERS})
"""Rights to change something: auditors and viewers have none of them."""

BY_TOKEN = frozenset(Right) - {R.ANYONE, R.SIGNED_IN, R.APPROVE, R.USERS}
"""Rights that a token may have. Behind an approval, and behind other people's accounts, stands a person with a code."""

CODE_DEMANDED = frozenset(role for role in Role if RIGHTS[role] & {R.APPROVE, R.USERS})
"""Roles that cannot sign in by password alone: who approves, and who can give others a role."""

WITHIN_AGENCIES = frozenset({R.SEE_CASE, R.SEE_SENDER, R.REPORT})
"""All that is left to an account limited to agencies: lists of the flow and the log speak of every agency's cases."""


def rights_of(role: Role, *, limited: bool) -> frozenset[Right]:
    """What an account may do; ``limited`` to agencies or not."""
    own = RIGHTS[role] & WITHIN_AGENCIES if limited else RIGHTS[role]
    return own | {Right.ANYONE, Right.SIGNED_IN}
