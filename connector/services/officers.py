"""Who decides: an official with an account of his own, on a stated basis; never a program (Quy chế Đ6.2, R09)."""

from dataclasses import dataclass

from connector.errors import UserError
from connector.ledger.entry import PROGRAM
from connector.ledger.guard import as_code
from connector.settings import Settings

MOST_BASIS = 200
"""Characters of a basis: the number of a decision, not its text."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """An official's account, and the basis of what he decides. Both are kept for good, so neither may hold content."""

    officer: str
    basis: str


def decision(settings: Settings, *, officer: str, basis: str) -> Decision:
    """Check who decides and on what basis.

    Raises:
        UserError: no account, or that of a program of ours or of a system; no basis, or a whole text.
    """
    officer, basis = official(settings, officer), basis.strip()
    if not basis or len(basis) > MOST_BASIS:
        msg = f"a basis is needed: the number of the decision, at most {MOST_BASIS} characters"
        raise UserError(msg)
    return Decision(officer=officer, basis=basis)


def official(settings: Settings, account: str) -> str:
    """The account of an official, as it is kept.

    Raises:
        UserError: no account, or that of a program of ours or of a system.
    """
    officer = account.strip()
    if not officer or as_code(officer) != officer:
        msg = "--by is an official's account (letters without marks, digits, no spaces), not a name"
        raise UserError(msg)
    if officer in _programs(settings) or officer.partition("/")[0] in {PROGRAM, settings.node, "cli"}:
        msg = f"{officer} is a service account; an official decides under an account of his own"
        raise UserError(msg)
    return officer


def _programs(settings: Settings) -> set[str]:
    """Accounts that the settings give to programs: whatever an adapter's section names."""
    told = {
        value for one in settings.systems.values() for value in one.adapter.values() if isinstance(value, str)
    }
    return {PROGRAM, settings.node, *settings.systems, *told}
