"""From an intent to an operation: applies a :class:`WriteSection`. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from connector.case import Act, Attachment, Case
from connector.mapping.evaluate import Evaluator, Scope
from connector.mapping.intent import Intent
from connector.mapping.sections import LEAVE, SEND, WriteSection
from connector.mapping.values import as_text
from connector.system import Key, Operation, OutgoingFile


@dataclass(frozen=True, kw_only=True)
class FileLimits:
    """What the other side takes. None: it states no limit."""

    count: int | None = None
    bytes: int | None = None
    name: int | None = None
    extensions: frozenset[str] | None = None


def choose(sections: Iterable[WriteSection], intent: Intent, scope: Scope) -> WriteSection | None:
    """The first section that takes the intent."""
    for section in sections:
        if intent.kind not in section.on:
            continue
        if section.acts and (intent.act is None or intent.act.kind not in section.acts):
            continue
        if scope.holds(section.when):
            return section
    return None


def scope_of(intent: Intent, files: tuple[OutgoingFile, ...]) -> Scope:
    """What the paths of a ``write`` rule are looked up in: ``case``, ``header``, ``act``, ``last``, ``first``."""
    known = {item.attachment.id: item.attachment for item in files}
    attachments = {item.id: known.get(item.id, item) for item in intent.case.attachments}
    attachments |= known
    acts = [_act(act, attachments) for act in intent.case.acts]
    view = {
        "intent": intent.kind,
        "ref": intent.ref,
        "moment": intent.moment,
        "case": _case(intent.case, acts, attachments),
        "header": asdict(intent.case.header) if intent.case.header else None,
        "act": _act(intent.act, attachments) if intent.act else None,
        "last": {act["kind"].value: act for act in acts},
        "first": {act["kind"].value: act for act in reversed(acts)},
    }
    return Scope(item=view, record=view, kind=intent.act.kind if intent.act else None)


def write_operation(
    section: WriteSection,
    intent: Intent,
    key_id: UUID,
    files: tuple[OutgoingFile, ...],
    *,
    scope: Scope,
    evaluator: Evaluator,
) -> Operation:
    """The operation. Problems are in the evaluator's collector; then the result is not usable."""
    scope = Scope(item=scope.item, record=scope.record, kind=scope.kind, label=f"{section.operation}.")
    natural = evaluator.table(section.natural, scope)
    if files and section.files is None:
        evaluator.trouble.add(
            f"{section.operation}", "thao tác này không nhận tệp / this operation takes no files"
        )
    return Operation(
        key=Key(
            id=key_id,
            operation=section.operation,
            ref=intent.ref,
            code=intent.case.code,
            natural={name: as_text(value) for name, value in natural.items()},
        ),
        fields=evaluator.table(section.fields, scope),
        files=() if section.files == LEAVE else files,
    )


def check_files(
    section: WriteSection, files: tuple[OutgoingFile, ...], limits: FileLimits, evaluator: Evaluator
) -> None:
    """Note files that the other side would refuse; their names are not shown, they may hold personal data."""
    if section.files != SEND:
        return
    if limits.count is not None and len(files) > limits.count:
        evaluator.trouble.add(
            section.operation,
            f"{len(files)} tệp, tối đa {limits.count} / {len(files)} files, at most {limits.count}",
        )
    for file in files:
        for text in _wrong_with(file, limits):
            evaluator.trouble.add(f"{section.operation}.{file.attachment.id}", text)


def _wrong_with(file: OutgoingFile, limits: FileLimits) -> list[str]:
    item = file.attachment
    size = len(file.content) if file.content is not None else item.size
    extension = item.file_name.rpartition(".")[2].casefold() if "." in item.file_name else ""
    wrong = []
    if limits.bytes is not None and size is not None and size > limits.bytes:
        wrong.append(f"tệp {size} byte, tối đa {limits.bytes} / file of {size} bytes, at most {limits.bytes}")
    if limits.name is not None and len(item.file_name) > limits.name:
        wrong.append(f"tên tệp dài quá {limits.name} ký tự / file name longer than {limits.name}")
    if limits.extensions is not None and extension not in limits.extensions:
        wrong.append(f"loại tệp không nhận / file type not taken: .{extension[:8]}")
    return wrong


def _case(case: Case, acts: list[dict[str, Any]], attachments: Mapping[str, Attachment]) -> dict[str, Any]:
    return {
        "system": case.system,
        "ref": case.ref,
        "code": case.code,
        "status": case.status,
        "origin": {"system": case.origin[0], "ref": case.origin[1]},
        "due_at": case.due_at,
        "public_code": case.public_code,
        "acts": acts,
        "attachments": [asdict(item) for item in attachments.values()],
    }


def _act(act: Act, attachments: Mapping[str, Attachment]) -> dict[str, Any]:
    return {
        "id": act.id,
        "kind": act.kind,
        "at": act.at,
        "agency": act.agency,
        "officer": act.officer,
        "text": act.text,
        "details": dict(act.details),
        "attachments": list(act.attachments),
        "files": [asdict(attachments[item]) for item in act.attachments if item in attachments],
        "echo": act.echo,
    }
