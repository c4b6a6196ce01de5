"""The management site acts for named officials."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from adapters.register.api.access import NamedOfficial, TheRegister, allow, came, log_access
from adapters.register.api.public_shapes import Redaction
from adapters.register.api.shapes import Done, EraseContact, EvidenceList, FileKept, SamePhone, Work
from adapters.register.commands import CommandName
from adapters.register.incoming import Incoming
from adapters.register.models import FileIn, Order
from adapters.register.tokens import Bearer, Role

router = APIRouter(tags=["officer"])

Caller = Annotated[Bearer, Depends(allow(Role.OFFICER))]
Came = Annotated[Incoming, Depends(came(Role.OFFICER))]


@router.post("/cases/{case_id}/acts/{command}", operation_id="perform")
async def perform(register: TheRegister, raw: Came, case_id: str, command: CommandName, body: Order) -> Done:
    """One step of the workflow (T2-T16). 409: the state forbids it. 403: a service account or the wrong agency."""
    return Done(**asdict(await register.perform(case_id, command, body, raw)))


@router.get("/cases/{case_id}/work", operation_id="work")
async def work(register: TheRegister, _: Caller, case_id: str) -> Work:
    """What may be done with the case now."""
    return Work(**asdict(await register.work_view(case_id)))


@router.post("/cases/{case_id}/attachments", status_code=201, operation_id="add_attachment")
async def add_attachment(register: TheRegister, _: Caller, case_id: str, body: FileIn) -> FileKept:
    """Keep a file; a later command names its id in ``attachments``."""
    return FileKept(id=await register.add_file(case_id, body.file()))


@router.get("/cases/{case_id}/evidence", operation_id="list_evidence")
async def list_evidence(
    register: TheRegister, bearer: Caller, officer: NamedOfficial, case_id: str
) -> EvidenceList:
    """What came in of the case: when, from whom, with the hash of its exact bytes (R13)."""
    found = await register.evidence(case_id)
    case = await register.document(case_id)
    await log_access(register, bearer, officer, "evidence", [case])
    return EvidenceList.model_validate({"evidence": found})


@router.get("/cases/{case_id}/evidence/{number}", operation_id="get_evidence")
async def get_evidence(
    register: TheRegister, bearer: Caller, officer: NamedOfficial, case_id: str, number: int
) -> Response:
    """The exact bytes of one thing that came in. 404 `FILE_GONE`: they were erased, the hash in the list remains."""
    found = await register.original(case_id, number)
    case = await register.document(case_id)
    await log_access(register, bearer, officer, "evidence", [case])
    return Response(
        found.content, media_type="application/octet-stream", headers={"x-content-sha256": found.sha256}
    )


@router.get("/cases/{case_id}/same-phone", operation_id="same_phone")
async def same_phone(
    register: TheRegister, bearer: Caller, officer: NamedOfficial, case_id: str
) -> SamePhone:
    """Ids of other cases whose sender gave the same phone number; nothing else of them is told."""
    found = await register.same_phone(case_id)
    case = await register.document(case_id)
    await log_access(register, bearer, officer, "same_phone", [case, *({"id": other} for other in found)])
    return SamePhone(cases=found)


@router.get("/cases/{case_id}/redaction", operation_id="redaction")
async def redaction(register: TheRegister, bearer: Caller, officer: NamedOfficial, case_id: str) -> Redaction:
    """What should be redacted in title, content and answer before they are published; suggestions, nothing is changed."""
    found = await register.assist(case_id)
    await log_access(register, bearer, officer, "redaction", [found])
    return Redaction.model_validate(found)


@router.post("/cases/{case_id}/erase-contact", operation_id="erase_contact")
async def erase_contact(register: TheRegister, _: Caller, case_id: str, body: EraseContact) -> Done:
    """Destroy the key of the sender's data: name, phone and the like are gone everywhere; the case file stays."""
    return Done(**asdict(await register.erase_contact(case_id, body.officer, body.basis)))
