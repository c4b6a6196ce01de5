"""What the register does, in transactions: the same functions behind the REST API and behind direct SQL access."""

from adapters.register.service.register import Register
from adapters.register.service.scope import RegisterConfig
from adapters.register.service.ticking import Ticked
from adapters.register.service.values import ExchangeReceipt, IntakeReceipt, Performed, StoredFile, WorkView

__all__ = [
    "ExchangeReceipt",
    "IntakeReceipt",
    "Performed",
    "Register",
    "RegisterConfig",
    "StoredFile",
    "Ticked",
    "WorkView",
]
