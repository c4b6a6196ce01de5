"""Readings that need no token: the public projection, and the sender's own status."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request

from adapters.register.api.access import TheRegister
from adapters.register.api.limits import MinuteLimit
from adapters.register.api.public_shapes import PublicCase, PublicCases, Statistics, Status

router = APIRouter(tags=["public"])

Code = Annotated[str, Path(max_length=100)]
Receipt = Annotated[
    str,
    Header(
        alias="x-receipt",
        pattern=r"^[0-9a-fA-F]{64}$",
        description="`receipt_sha256` of the receipt: the proof of being the sender",
    ),
]


@router.get("/public/cases", operation_id="public_cases")
async def public_cases(
    register: TheRegister,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> PublicCases:
    """Published cases, newest first, in the texts that an official confirmed; ask again with ``before=next``."""
    found = await register.public_cases(before=before, limit=limit)
    following = found[-1]["id"] if len(found) == limit else None
    return PublicCases(cases=tuple(_case(item) for item in found), next=following)


@router.get("/public/cases/{code}", operation_id="public_case")
async def public_case(register: TheRegister, code: Code) -> PublicCase:
    """One published case. 404 alike for what is unknown, private, restricted or not published."""
    return _case(await register.public_case(code))


@router.get("/public/statistics", operation_id="public_statistics")
async def public_statistics(register: TheRegister) -> Statistics:
    """Counts by state and field; private cases count, restricted ones do not."""
    return Statistics.model_validate(await register.public_statistics())


@router.get("/status/{code}", operation_id="status")
async def status(register: TheRegister, request: Request, code: Code, receipt: Receipt) -> Status:
    """How far the sender's own case is (NĐ 20/2008 Đ12.2). The proof goes in a header: addresses end up in logs."""
    limit: MinuteLimit = request.app.state.status_limit
    limit.count(request.client.host if request.client else "?", register.scope.clock.now())
    return Status.model_validate(await register.status(code, receipt))


def _case(item: dict[str, object]) -> PublicCase:
    return PublicCase.model_validate({name: value for name, value in item.items() if name != "id"})
