"""How a plan is shown to people, and as JSON."""

from typing import TYPE_CHECKING, Any

from connector.cli.common import console, tell

if TYPE_CHECKING:
    from connector.services.resync import Shown
    from connector.store.plans import KeptItem, KeptStep, Plan


def print_plan(found: "Shown") -> None:
    """The preview case by case, and its sums, guards and next step. No table: values are long."""
    plan_, out = found.plan, console()
    out.print(tell("resync.head", plan=plan_.digest, state=tell(f"resync.{plan_.state}")), style="bold")
    for step in found.steps:
        out.print(tell("resync.step", number=step.number, case=case_of(step)), style="bold")
        for one in step.items:
            out.print(f"  • {deed_of(one)}")
            for change in one.item.changes:
                name = _field(change.field)
                out.print(tell("resync.change", field=name, old=change.old or "–", new=change.new or "–"))
    if found.left:
        out.print(tell("resync.more", count=found.left))
    _print_sums(plan_)


def _print_sums(plan_: "Plan") -> None:
    out, sums = console(), plan_.totals
    out.print(tell("resync.sums", cases=sums.cases, writes=sums.writes, seconds=sums.seconds))
    for name, count in sums.calls.items():
        out.print("  " + tell("resync.calls", system=tell(f"system.{name}"), count=count))
    if "only_here" in plan_.scope:
        told = {name: plan_.scope[name] for name in ("only_here", "only_there")}
        out.print(tell("resync.alone", **told))
    for one in (verdict for verdict in plan_.verdicts if verdict.count):
        facts = {
            "guard": tell(f"guard.{one.guard}"),
            "system": tell(f"system.{one.system}"),
            "count": one.count,
        }
        out.print(
            "  " + tell("resync.guard_stops" if one.stops else "resync.guard_passes", **facts),
            style="red" if one.stops else None,
        )
    if plan_.approved_by:
        out.print(tell("resync.approved", plan=plan_.digest[:12], by=plan_.approved_by))
    elif plan_.reasons:
        why = "; ".join(tell(f"resync.why_{one}") for one in plan_.reasons)
        out.print(tell("resync.needs", why=why), style="yellow")
    if plan_.state == "ready":
        out.print(tell("resync.next", plan=plan_.digest[:12]))


def case_of(step: "KeptStep") -> str:
    """Our number of the case, and its references."""
    number = f"{step.subject.case_id} " if step.subject.case_id else ""
    return number + ", ".join(f"{system}:{ref}" for system, ref in step.subject.refs.items())


def deed_of(one: "KeptItem") -> str:
    """What an item does, where, and why a person is asked."""
    item = one.item
    what = tell(f"deed.{item.deed.value}")
    kind = tell(f"act.{item.act_kind}") if item.act_kind else None
    intent = tell(f"intent.{item.intent.value}") if item.intent else None
    return " · ".join(filter(None, (what, tell(f"system.{item.system}"), kind or intent, item.code)))


def _field(name: str) -> str:
    return tell(name) if name.startswith("act.") else tell(f"field.{name}")


def as_dict(found: "Shown") -> dict[str, Any]:
    """Without salts: whoever has one could guess a value from its digest."""
    steps = [
        {
            "number": step.number,
            "case_id": step.subject.case_id,
            "refs": dict(step.subject.refs),
            "state": step.state,
            "code": step.code,
            "items": [
                {
                    **vars(one.item),
                    "digest": one.digest,
                    "delivery_id": one.delivery_id,
                    "delivery_state": one.delivery_state,
                }
                for one in step.items
            ],
        }
        for step in found.steps
    ]
    return {**vars(found.plan), "progress": found.progress, "steps": steps}
