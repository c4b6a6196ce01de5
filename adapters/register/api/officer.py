"""The management site acts for named officials."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from adapters.register.api.access import TheRegister, allow
from adapters.register.api.shapes import Done, FileKept, Work
from adapters.register.commands import CommandName
from adapters.register.models import FileIn, Order
from adapters.register.tokens import Bearer, Role

router = APIRouter(tags=["officer"])

Caller = Annotated[Bearer, Depends(allow(Role.OFFICER))]


@router.post("/cases/{case_id}/acts/{command}", operation_id="perform")
async def perform(register: TheRegister, _: Caller, case_id: str, command: CommandName, body: Order) -> Done:
    """One step of the workflow (T2-T16). 409: the state forbids it. 403: a service account or the wrong agency."""
    return Done(**asdict(await register.perform(case_id, command, body)))


@router.get("/cases/{case_id}/work", operation_id="work")
async def work(register: TheRegister, _: Caller, case_id: str) -> Work:
    """What may be done with the case now."""
    return Work(**asdict(await register.work_view(case_id)))


@router.post("/cases/{case_id}/attachments", status_code=201, operation_id="add_attachment")
async def add_attachment(register: TheRegister, _: Caller, case_id: str, body: FileIn) -> FileKept:
    """Keep a file; a later command names its id in ``attachments``."""
    return FileKept(id=await register.add_file(case_id, body.file()))
