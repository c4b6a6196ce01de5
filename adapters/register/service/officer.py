"""What officials do: one command, one transaction, one feed row."""

from adapters.register.commands import Command, CommandName
from adapters.register.incoming import Incoming
from adapters.register.models import PUBLIC_COPY, Order
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.service.deadlines import open_clocks
from adapters.register.service.evidence import COMMAND, Circumstances, keep
from adapters.register.service.files import add_files, check_files, received
from adapters.register.service.intake import case_number, performed
from adapters.register.service.proposal import proposed
from adapters.register.service.publishing import publish
from adapters.register.service.scope import Scope
from adapters.register.service.stamping import NOTHING
from adapters.register.service.unit import load, write
from adapters.register.service.values import Performed, WorkView
from adapters.register.states import State
from adapters.register.uploads import NewFile
from adapters.register.workflow import allowed, decide
from connector.clock import LOCAL_ZONE
from connector.text.legacy import detect


async def perform(scope: Scope, ref: str, name: CommandName, order: Order, came: Incoming) -> Performed:
    """Do one step of the workflow.

    Raises:
        WorkflowRefused: the state machine says no; nothing is written.
        RegisterRefused: NOT_FOUND, FILE_UNKNOWN; CLOCK_ONLY for the one step that no person does (T5); REDACTION_LEFT,
            SECRECY_MARKED if it would publish what should not be read by everybody.
    """
    if name is CommandName.LAPSE:
        raise RegisterRefused(Code.CLOCK_ONLY)
    now = scope.clock.now()
    async with scope.database.transaction() as conn:
        case_id = await case_number(conn, ref)
        directory = await scope.directory(conn)
        loaded = await load(conn, case_id, directory, scope.masters)
        day = now.astimezone(LOCAL_ZONE).date()
        facts = order.model_dump(exclude={*PUBLIC_COPY})
        for member in ("agency", "to_agency"):
            if facts[member]:
                facts[member] = directory.canonical(facts[member], day) or facts[member]
        facts["to_agencies"] = tuple(directory.canonical(code, day) or code for code in facts["to_agencies"])
        acts = decide(loaded.state, Command(name=name, at=now, **facts), directory)
        await check_files(conn, case_id, order.attachments)
        about = Circumstances(kind=f"{COMMAND}{name.value}", officer=order.officer)
        await keep(conn, loaded.keys, came, about, now)
        await publish(conn, loaded, acts, order, now)
        written = await write(conn, loaded.keys, loaded.state, loaded.stamped(scope.book, acts), now)
        return performed(loaded.row, written)


async def add_file(scope: Scope, ref: str, file: NewFile) -> str:
    """Keep a file of a case, to be named by a later command; the attachment's id.

    Raises:
        RegisterRefused: the file is refused (size, type, first bytes, hash), or the case was taken off the system.
    """
    if file.content is None or file.id is not None:
        raise RegisterRefused(Code.INVALID, "content_base64, id")
    kept = await received(scope, [file], strict=True)
    now = scope.clock.now()
    async with scope.database.transaction() as conn:
        case_id = await case_number(conn, ref)
        loaded = await load(conn, case_id, await scope.directory(conn), scope.masters)
        if loaded.state.state is State.NGOAI_HE_THONG:
            raise RegisterRefused(Code.OFF_SYSTEM)
        (attachment_id,) = await add_files(conn, loaded.keys, kept, now)
        await write(conn, loaded.keys, loaded.state, NOTHING, now)
        return attachment_id


async def work_view(scope: Scope, ref: str) -> WorkView:
    """What may be done with the case now."""
    now = scope.clock.now()
    async with scope.database.transaction() as conn:
        case_id = await case_number(conn, ref)
        directory = await scope.directory(conn)
        loaded = await load(conn, case_id, directory, scope.masters)
    state = loaded.state
    assert state.state is not None
    legacy = detect(f"{loaded.row['title']}\n{loaded.row['content']}")
    return WorkView(
        id=str(case_id),
        code=loaded.row["code"],
        state=state.state.value,
        agency=state.agency,
        allowed=tuple(name.value for name in allowed(state)),
        recalled=state.recalled,
        rework=state.rework,
        coordinators=state.coordinators,
        answer_version=state.answer_version,
        supplement_due_at=state.supplement_due_at.isoformat() if state.supplement_due_at else None,
        due_at=state.due_at.isoformat() if state.due_at else None,
        rule_pack=state.pack,
        sub_status=state.sub_status,
        suspected=state.suspected,
        proposal=proposed(loaded, directory, now.astimezone(LOCAL_ZONE).date()),
        clocks=open_clocks(loaded.acts, scope.book, now),
        legacy_encoding=legacy.encoding.value if legacy else None,
    )
