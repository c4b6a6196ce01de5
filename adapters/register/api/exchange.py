"""The connector writes and looks up. Every write is idempotent by ``key`` and by natural key."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from adapters.register.api.access import TheRegister, allow, came
from adapters.register.api.shapes import (
    AppendBody,
    Codes,
    CreateBody,
    Exchanged,
    Found,
    PutAgencies,
    UpdateBody,
)
from adapters.register.incoming import Incoming
from adapters.register.service.finding import Natural
from adapters.register.tokens import Bearer, Role

router = APIRouter(prefix="/exchange", tags=["exchange"])

Caller = Annotated[Bearer, Depends(allow(Role.EXCHANGE))]
Came = Annotated[Incoming, Depends(came(Role.EXCHANGE))]


@router.put("/cases", operation_id="exchange_create")
async def exchange_create(register: TheRegister, raw: Came, body: CreateBody) -> Exchanged:
    """A case born on a portal; natural key (origin_system, origin_ref)."""
    files = [item.file() for item in body.files]
    return Exchanged(**asdict(await register.create(body.key, body.fields, files, raw)))


@router.put("/cases/{case_id}", operation_id="exchange_update")
async def exchange_update(register: TheRegister, raw: Came, case_id: str, body: UpdateBody) -> Exchanged:
    """What the system of entry changed; absent members stay; privacy only tightens."""
    files = [item.file() for item in body.files]
    return Exchanged(**asdict(await register.update(body.key, case_id, body.fields, files, raw)))


@router.put("/cases/{case_id}/acts", operation_id="exchange_append")
async def exchange_append(register: TheRegister, raw: Came, case_id: str, body: AppendBody) -> Exchanged:
    """Acts born elsewhere; natural key: the act id."""
    files = [item.file() for item in body.files]
    return Exchanged(**asdict(await register.append(body.key, case_id, body.acts, files, raw)))


@router.get("/find", operation_id="exchange_find")
async def exchange_find(
    register: TheRegister,
    _: Caller,
    key: UUID | None = None,
    origin_system: str | None = None,
    origin_ref: str | None = None,
    act: Annotated[list[str] | None, Query()] = None,
) -> Found:
    """Did an earlier write take effect? By key, or by natural key."""
    natural = Natural(origin_system=origin_system, origin_ref=origin_ref, acts=tuple(act or ()))
    receipt = await register.find(key, natural)
    return Found(found=receipt is not None, receipt=Exchanged(**asdict(receipt)) if receipt else None)


@router.put("/codes", operation_id="exchange_codes")
async def exchange_codes(register: TheRegister, _: Caller, body: Codes) -> Codes:
    """After a restore: codes that were given in the lost time. Answers those that no case bears; no lost number is given anew."""
    return Codes(codes=await register.never_again(body.codes))


@router.put("/agencies", status_code=204, operation_id="put_agencies")
async def put_agencies(register: TheRegister, _: Caller, body: PutAgencies) -> None:
    """Enter or correct the agency directory from the province's catalogue."""
    await register.put_agencies(body.agencies, province_role=body.province_role)
