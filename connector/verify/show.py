"""The report: for people in their languages, for programs as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from connector.verify.finding import Finding, Result, worst
from connector.verify.meanings import KINDS
from connector.verify.words import ENTRIES, FACTS, RANGE, SINCE, THEN, VERDICTS, Said

Lang = Literal["vi", "en"]
Langs = Sequence[Lang]


def report(results: Sequence[Result], langs: Langs) -> str:
    """Everything that was found, in lines."""
    return "\n".join(line for result in results for line in _lines(result, langs))


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """The same for programs."""
    verdict = worst(result.verdict for result in results)
    return {
        "verdict": verdict.name.lower(),
        "exit": int(verdict),
        "files": [_result_json(result) for result in results],
    }


def finding_text(one: Finding, lang: Lang) -> tuple[str, str]:
    """What a finding is, and what to do about it."""
    told = KINDS[one.kind]
    seq = "?" if one.seq is None else f"{one.seq}"
    places = {
        "seq": seq,
        "range": _say(RANGE, lang).format(seq=seq, to=one.to) if one.to is not None else seq,
        "line": one.line,
        "name": one.name or "",
        "since": _say(SINCE, lang).format(since=one.since) if one.since is not None else "",
    }
    return _say(told.what, lang).format(**places), _say(told.then, lang)


def _lines(result: Result, langs: Langs) -> Iterator[str]:
    yield result.file
    verdict = VERDICTS[result.verdict]
    yield "  === " + " / ".join(_say(verdict, lang) for lang in langs) + " ==="
    for number, one in enumerate(result.findings, 1):
        for at, lang in enumerate(langs):
            what, then = finding_text(one, lang)
            yield f"  {number}. {what}" if at == 0 else f"     {what}"
            yield f"     {_say(THEN, lang)}{then}"
    for lang in langs:
        for fact, args in result.facts:
            yield "  - " + _say(FACTS[fact], lang).format(**args)
        if result.size is not None:
            yield "  - " + _say(ENTRIES, lang).format(count=result.entries)
    if result.sha256:
        yield f"  SHA-256 {result.sha256}"
    yield ""


def _result_json(result: Result) -> dict[str, Any]:
    return {
        "file": result.file,
        "verdict": result.verdict.name.lower(),
        "entries": result.entries,
        "first_seq": result.first,
        "last_seq": result.last,
        "size": result.size,
        "sha256": result.sha256,
        "findings": [_finding_json(one) for one in result.findings],
        "facts": [{"fact": fact.value, **args} for fact, args in result.facts],
    }


def _finding_json(one: Finding) -> dict[str, Any]:
    (vi, then_vi), (en, then_en) = finding_text(one, "vi"), finding_text(one, "en")
    return {
        "kind": one.kind.value,
        "seq": one.seq,
        "to": one.to,
        "since": one.since,
        "line": one.line,
        "name": one.name,
        "what": {"vi": vi, "en": en},
        "next_step": {"vi": then_vi, "en": then_en},
    }


def _say(said: Said, lang: Lang) -> str:
    return said.vi if lang == "vi" else said.en
