"""One plain shape of a case that all three scripted systems speak, and its mapping and policy."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from connector.case import REGISTER, ActKind, Nature, SenderKind
from connector.mapping import MappingSet
from connector.mapping.policy import Policy, RouteRule

NATIONAL, GOVERNMENT = "national_portal", "government_portal"
SYSTEMS = (REGISTER, NATIONAL, GOVERNMENT)
CODE = "000.00.00.H56-261118-00057"

MAPPING = """
system = "{name}"
name_vi = "Hệ thống mẫu"
contract = "plain"

[lists]
acts = {{ file = "acts.csv", of = "act" }}
privacy = {{ file = "privacy.csv", of = "privacy" }}
roles = {{ file = "roles.csv", of = "role" }}

[read.case]
ref = {{ from = "id", required = true }}
code = {{ from = "code" }}
[read.case.origin]
system = {{ from = "origin_system" }}
ref = {{ from = ["origin_ref", "id"] }}
[read.case.header]
title = {{ from = "title", required = true }}
content = {{ from = "content", required = true }}
nature = {{ value = "conduct" }}
channel = {{ value = "zalo" }}
sender_kind = {{ value = "citizen" }}
submitted_at = {{ from = "submitted_at", as = "instant", required = true }}
agency = {{ value = "000.00.00.H56" }}
privacy = {{ from = "privacy", list = "privacy", required = true }}
[read.case.header.sender]
name = {{ from = "sender" }}
[[read.case.acts]]
each = "acts"
id = {{ from = "id", required = true }}
kind = {{ from = "kind", list = "acts", required = true }}
at = {{ from = "at", as = "instant", required = true }}
text = {{ from = "text" }}
officer = {{ from = "officer" }}
details = {{ from = "details", as = "facts" }}
echo = {{ from = "echo" }}
attachments = {{ each = "files", item = {{ from = "." }} }}
[[read.case.attachments]]
each = "files"
id = {{ from = "id", required = true }}
role = {{ from = "role", list = "roles", required = true }}
file_name = {{ from = "file_name", required = true }}
sha256 = {{ from = "sha256" }}

[read.event]
ref = {{ from = "id", required = true }}
[[read.event.acts]]
each = "acts"
id = {{ from = "id", required = true }}
kind = {{ from = "kind", list = "acts", required = true }}
at = {{ from = "at", as = "instant", required = true }}

[shape.act]
id = {{ from = "id", required = true }}
kind = {{ from = "kind", list = "acts", required = true }}
at = {{ from = "at", as = "iso", required = true }}
text = {{ from = "text" }}

[[write]]
operation = "create"
on = "create"
files = "send"
[write.fields]
code = {{ from = "case.code" }}
origin_system = {{ from = "case.origin.system" }}
origin_ref = {{ from = "case.origin.ref" }}
title = {{ from = "header.title", required = true }}
content = {{ from = "header.content", required = true }}
privacy = {{ from = "header.privacy", list = "privacy" }}
sender = {{ from = "header.sender.name" }}
submitted_at = {{ from = "header.submitted_at", as = "iso", required = true }}
acts = {{ each = "case.acts", shape = "act" }}

[[write]]
operation = "update"
on = "update"
files = "send"
[write.fields]
title = {{ from = "header.title", required = true }}
content = {{ from = "header.content", required = true }}

[[write]]
operation = "tighten"
on = "tighten"
files = "leave"
[write.fields]
privacy = {{ from = "header.privacy", list = "privacy" }}

[[write]]
operation = "append"
on = "append"
acts = {takes}
files = "send"
[write.fields]
act = {{ from = "act", shape = "act" }}
"""

TAKES = {
    REGISTER: ["supplemented", "returned_for_rework", "recalled", "published", "rated"],
    NATIONAL: ["accepted", "assigned", "progress", "answered", "closed"],
    GOVERNMENT: ["accepted", "assigned", "progress", "answered", "closed"],
}
ACTS = [kind.value for kind in ActKind]


def write_mappings(root: Path, *, acts: Iterable[str] = tuple(ACTS)) -> MappingSet:
    """Write and read the plain mapping for all three; ``acts`` are the codes that the lists know."""
    head = "code,canonical,verified,label_vi,note\n"
    (root / "agencies.csv").write_text(
        "canonical,qcvn,qd20,name_vi,level,valid_from,valid_to,successor,role,note\n"
        "000.00.00.H56,000.00.00.H56,H56,Tỉnh mẫu,province,,,,ubnd_tinh,\n",
        encoding="utf-8",
    )
    (root / "fields.csv").write_text(head, encoding="utf-8")
    lists = {"acts": acts, "privacy": ("open", "private", "restricted"), "roles": ("question", "answer")}
    for name in SYSTEMS:
        folder = root / name
        folder.mkdir(exist_ok=True)
        takes = str(TAKES[name]).replace("'", '"')
        (folder / "mapping.toml").write_text(MAPPING.format(name=name, takes=takes), encoding="utf-8")
        for file, codes in lists.items():
            rows = "".join(f"{code},{code},true,{code},\n" for code in codes)
            (folder / f"{file}.csv").write_text(head + rows, encoding="utf-8")
    return MappingSet.load(root)


POLICY = Policy(
    routes=(
        RouteRule(
            target=NATIONAL,
            natures=frozenset({Nature.CONDUCT}),
            senders=frozenset({SenderKind.CITIZEN}),
            after=ActKind.ACCEPTED,
            reason="go.national_portal",
        ),
    )
)


def act(name: str, kind: str, minute: int = 0, text: str | None = None, **more: Any) -> dict[str, Any]:
    """One act of the plain shape, at a minute after nine."""
    at = f"2026-11-17T{9 + minute // 60:02d}:{minute % 60:02d}:00+07:00"
    return {"id": name, "kind": kind, "at": at, "text": text, **more}


def plain(ref: str, **changes: Any) -> dict[str, Any]:
    """A case of the plain shape."""
    body = {
        "id": ref,
        "title": "Chậm trả kết quả hồ sơ",
        "content": "Quá hẹn ba ngày vẫn chưa nhận được kết quả.",
        "privacy": "open",
        "sender": "Nguyễn Văn Mẫu",
        "submitted_at": "2026-11-17T08:00:00+07:00",
        "acts": [],
    }
    return {**body, **changes}
