"""Channels hand in cases and what senders add."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from adapters.register.api.access import TheRegister, came
from adapters.register.api.shapes import Done, Receipt
from adapters.register.incoming import Incoming
from adapters.register.models import Submission, Supplement
from adapters.register.tokens import Role

router = APIRouter(prefix="/intake", tags=["intake"])

Came = Annotated[Incoming, Depends(came(Role.INTAKE, Role.OFFICER))]


@router.post("/cases", status_code=201, operation_id="intake_case")
async def intake_case(register: TheRegister, raw: Came, body: Submission, response: Response) -> Receipt:
    """T1. The same (channel, external_id) again answers 200 with the same case and ``duplicate``."""
    receipt = await register.take_in(body, raw)
    if receipt.duplicate:
        response.status_code = 200
    return Receipt(**asdict(receipt))


@router.post("/cases/{code}/supplement", operation_id="intake_supplement")
async def intake_supplement(register: TheRegister, raw: Came, code: str, body: Supplement) -> Done:
    """T4. Only while the case waits for it; idempotent by (channel, external_id)."""
    return Done(**asdict(await register.supplement(code, body, raw)))
