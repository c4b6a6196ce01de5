"""Reading. What is shown depends on the token's role: name and phone only to officials and the connector."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from adapters.register.api.access import SEES_SENDER, TheRegister, allow, log_access
from adapters.register.api.shapes import Agencies, Answers, Cases, Changes, Fields, Health
from adapters.register.documents import encode
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.service.reading import ListFilter
from adapters.register.showing import privacy_of, visible
from adapters.register.tokens import Bearer, Role
from connector.rules.visibility import Audience, file_matter, sees

router = APIRouter(tags=["read"])

Anyone = Annotated[Bearer, Depends(allow(*Role))]
Staff = Annotated[Bearer, Depends(allow(Role.OFFICER, Role.EXCHANGE, Role.READER))]
Connector = Annotated[Bearer, Depends(allow(Role.EXCHANGE))]
Officer = Annotated[
    str | None, Header(alias="x-officer", description="Account of the reading official", max_length=64)
]
Limit = Annotated[int, Query(ge=1, le=1000)]
After = Annotated[int, Query(ge=0, le=2**62)]


def _json(value: object) -> Response:
    # our own encoder: its bytes are what the connector keeps as evidence
    return Response(encode(value), media_type="application/json")


def _shown(bearer: Bearer, case: dict[str, Any]) -> dict[str, Any]:
    return case if bearer.role in SEES_SENDER else visible(case, Audience.PUBLIC)


@router.get("/cases", response_model=Cases, operation_id="list_cases")
async def list_cases(
    register: TheRegister,
    bearer: Staff,
    state: str | None = None,
    agency: str | None = None,
    origin: str | None = None,
    recalled: bool | None = None,
    rework: bool | None = None,
    after: After = 0,
    limit: Limit = 100,
    officer: Officer = None,
) -> Response:
    """Whole cases by id. ``origin`` is ``register`` or a portal's name."""
    wanted = ListFilter(state=state, agency=agency, origin=origin, recalled=recalled, rework=rework)
    cases = await register.cases(wanted, after=after, limit=limit)
    if bearer.role in SEES_SENDER:
        await log_access(register, bearer, officer, "list", cases)
    following = int(cases[-1]["id"]) if len(cases) == limit else None
    return _json({"cases": [_shown(bearer, case) for case in cases], "next": following})


@router.get("/cases/{case_id}", operation_id="get_case")
async def get_case(register: TheRegister, bearer: Anyone, case_id: str, officer: Officer = None) -> Response:
    """One whole case by id or code; channels and readers see what the public may, redacted (rules §3.4)."""
    case = await register.document(case_id)
    if bearer.role in SEES_SENDER:
        await log_access(register, bearer, officer, "read", [case])
    return _json(_shown(bearer, case))


@router.get("/cases/{case_id}/answers", operation_id="answers")
async def answers(
    register: TheRegister, _: Annotated[Bearer, Depends(allow(*SEES_SENDER))], case_id: str
) -> Answers:
    """Every version of the answer: a correction is a new version with its reason, the old ones stay (R13)."""
    return Answers.model_validate({"answers": await register.answers(case_id)})


@router.get("/changes", response_model=Changes, operation_id="changes")
async def changes(register: TheRegister, bearer: Connector, after: After = 0, limit: Limit = 200) -> Response:
    """Whole cases whose last change has a sequence number over ``after``, in that order; each case once."""
    cases = await register.changes(after, limit)
    await log_access(register, bearer, None, "changes", cases)
    following = int(cases[-1]["version"]) if cases else after
    return _json({"changes": cases, "next": following})


@router.get("/cases/{case_id}/attachments/{attachment_id:path}", operation_id="get_attachment")
async def get_attachment(
    register: TheRegister,
    bearer: Anyone,
    case_id: str,
    attachment_id: Annotated[str, Path(max_length=300)],
    officer: Officer = None,
) -> Response:
    """The exact bytes, as a download. Channels and readers get answers of open cases only."""
    case = await register.document(case_id)
    file = await register.file(case["id"], attachment_id)
    if bearer.role not in SEES_SENDER and not sees(Audience.PUBLIC, file_matter(file.role), privacy_of(case)):
        raise RegisterRefused(Code.ROLE, bearer.role.value)
    if bearer.role in SEES_SENDER:
        await log_access(register, bearer, officer, "file", [case])
    name = next(item["file_name"] for item in case["attachments"] if item["id"] == attachment_id)
    return Response(
        file.content,
        media_type="application/octet-stream",
        headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"},
    )


@router.get("/agencies", operation_id="agencies")
async def agencies(register: TheRegister, _: Anyone) -> Agencies:
    """The agency directory with validity dates and successors."""
    return Agencies(agencies=await register.agencies())


@router.get("/fields", operation_id="fields")
async def fields(register: TheRegister, _: Anyone) -> Fields:
    """The fields of Đ5 with validity dates."""
    return Fields(fields=await register.fields())


@router.get("/health", operation_id="health")
async def health(register: TheRegister) -> Health:
    """Proof of life, without a token; 503 if the database does not answer."""
    time, sequence = await register.pulse()
    return Health(status="ok", time=time, version="1", sequence=sequence)
