"""Many pairs that are equal, and twelve kinds of differences sown among them, each at a known place."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from connector.case import REGISTER
from connector.errors import Transient
from connector.reconcile.findings import FindingClass
from connector.store import links
from tests.integration.core_mapping import NATIONAL, act, plain
from tests.integration.core_world import World

HOUR = 3600


def portal_case(n: int) -> dict[str, Any]:
    """A case that was born at the portal; our officials' acts as the portal tells them."""
    file = {"id": f"{NATIONAL}:N{n}f", "role": "question", "file_name": "don.pdf", "sha256": f"{n:064x}"}
    told = [act(f"{NATIONAL}:N{n}.{i}", kind, i, f"Việc {kind}") for i, kind in enumerate(KINDS, 1)]
    return plain(f"N{n}", files=[file], acts=told)


def register_case(n: int) -> dict[str, Any]:
    """Its twin in the register."""
    own = [act(f"{REGISTER}:R{n}.{i}", kind, i, f"Việc {kind}") for i, kind in enumerate(KINDS, 1)]
    return {
        **portal_case(n),
        "id": f"R{n}",
        "code": f"000.00.00.H56-261118-{n:05d}",
        "origin_system": NATIONAL,
        "origin_ref": f"N{n}",
        "acts": own,
    }


KINDS = ("accepted", "answered")


async def furnish(w: World, count: int) -> None:
    """So many equal pairs, read by the live flow and linked, nothing copied."""
    for n in range(count):
        w.national.put(f"N{n}", portal_case(n))
        w.register.put(f"R{n}", register_case(n))
    await w.observe(REGISTER, NATIONAL)
    while (await w.sql("SELECT count(*) AS n FROM case_record WHERE dirty_at IS NOT NULL"))[0]["n"]:
        await w.settle()
    assert not w.register.applied
    assert not w.national.applied


@dataclass(frozen=True, kw_only=True)
class Sown:
    """What must be found: class, and the pair's number."""

    kind: FindingClass
    n: int


Sower = Callable[[World, int], None]


def _portal(w: World, n: int, **changes: Any) -> None:
    w.national.put(f"N{n}", {**(w.national.data(f"N{n}") or {}), **changes})


def _acts(w: World, n: int) -> list[dict[str, Any]]:
    return list((w.national.data(f"N{n}") or {})["acts"])


def _never_read(w: World, n: int) -> None:
    w.national.put(f"N{n}", portal_case(n))


def _deleted_there(w: World, n: int) -> None:
    w.national.forget(f"N{n}")


def _made_twice(w: World, n: int) -> None:
    w.register.put(f"D{n}", {**register_case(n), "id": f"D{n}", "code": None})


def _title(w: World, n: int) -> None:
    _portal(w, n, title="Chậm trả kết quả hồ sơ, đã sửa")


def _privacy(w: World, n: int) -> None:
    _portal(w, n, privacy="private")


def _published(w: World, n: int) -> None:
    _portal(w, n, acts=[*_acts(w, n), act(f"{NATIONAL}:N{n}.9", "published", 9)])


def _forgotten(w: World, n: int) -> None:
    _portal(w, n, acts=_acts(w, n)[:1])


def _other_order(w: World, n: int) -> None:
    """The first act stands after the second there, by more than two clocks can be apart."""
    first, second = _acts(w, n)
    later = act(f"{NATIONAL}:N{n}.1", "answered", 30)["at"]
    _portal(w, n, acts=[second, {**first, "at": later}])


def _files(w: World, n: int) -> None:
    [file] = (w.national.data(f"N{n}") or {})["files"]
    _portal(w, n, files=[{**file, "sha256": "f" * 64}])


def _unknown_code(w: World, n: int) -> None:
    _portal(w, n, acts=[*_acts(w, n), act(f"{NATIONAL}:N{n}.9", "chuyen_la", 9)])


SOWERS: dict[str, tuple[FindingClass, Sower | None]] = {
    "never read": (FindingClass.MISSING_HERE, _never_read),
    "deleted there": (FindingClass.MISSING_THERE, _deleted_there),
    "made twice": (FindingClass.DUPLICATE, _made_twice),
    "title": (FindingClass.FIELD_DIFFERS, _title),
    "privacy": (FindingClass.FIELD_DIFFERS, _privacy),
    "published": (FindingClass.ACT_MISSING, _published),
    "act forgotten": (FindingClass.ACT_MISSING, _forgotten),
    "other order": (FindingClass.STATUS_DIFFERS, _other_order),
    "files": (FindingClass.ATTACHMENT_DIFFERS, _files),
    "unknown code": (FindingClass.MAPPING_GAP, _unknown_code),
    "late": (FindingClass.LATE, None),
    "tampered": (FindingClass.TAMPERED_BASELINE, None),
}
"""Twelve kinds. Two are sown by the live flow and in the database: :func:`delay` and :func:`tamper`."""


async def sow(w: World, each: int, count: int) -> Counter[Sown]:
    """Sow every kind so many times into the first pairs; ``count`` is the first number that no pair has."""
    sown: Counter[Sown] = Counter()
    numbers = iter(range(count))
    late = [next(numbers) for _ in range(each)]
    await delay(w, late)
    await tamper(w, tampered := [next(numbers) for _ in range(each)])
    sown.update(Sown(kind=FindingClass.LATE, n=n) for n in late)
    sown.update(Sown(kind=FindingClass.TAMPERED_BASELINE, n=n) for n in tampered)
    for kind, sower in SOWERS.values():
        if sower is None:
            continue
        for i in range(each):
            n = count + i if sower is _never_read else next(numbers)
            sower(w, n)
            sown[Sown(kind=kind, n=n)] += 1
    return sown


async def delay(w: World, numbers: list[int]) -> None:
    """An act of ours that the portal does not take now."""
    own = {f"N{n}" for n in numbers}
    w.national.fail(Transient("bận"), times=10**6, when=lambda operation: operation.key.ref in own)
    for n in numbers:
        _at_register(w, n, "progress")
    await w.observe(REGISTER)
    await w.settle()
    await w.deliver(NATIONAL)


async def tamper(w: World, numbers: list[int]) -> None:
    """Somebody with the keys writes another baseline past the program."""
    for n in numbers:
        row = await w.case(NATIONAL, f"N{n}")
        link = row.link(NATIONAL)
        assert link is not None
        assert link.baseline is not None
        async with w.db.unit() as unit:
            await links.save_baseline(
                unit.conn, row.id, NATIONAL, link.ref, replace(link.baseline, acts=frozenset())
            )


def _at_register(w: World, n: int, kind: str) -> None:
    data = w.register.data(f"R{n}") or {}
    w.register.put(f"R{n}", {**data, "acts": [*data["acts"], act(f"{REGISTER}:R{n}.8", kind, 8, "Đang làm")]})


def fly(w: World, numbers: Iterator[int]) -> None:
    """Things that happen now, on either side: no alarm."""
    for i, n in enumerate(numbers):
        if i % 2:
            _at_register(w, n, "progress")
        else:
            _title(w, n)
