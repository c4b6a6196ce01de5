"""How alerts read: both languages, whole in every form, with a runbook each, and nothing that could be personal data."""

import json
import re
from dataclasses import fields
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from connector.alerts.condition import Condition, Fact
from connector.alerts.judge import Kind
from connector.alerts.letter import LANGS, Letter, Line, Place, cut, news, trial
from connector.alerts.signature import key_of, sign, verified
from connector.alerts.styles import body_of, refusal
from connector.services.alert_facts import COLLECTORS
from connector.services.alert_mail import compose
from connector.texts import CATALOGUE, places, say

PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 18, 1, tzinfo=UTC)
PLACE = Place(
    node="may-1", console="https://pakn.tinh-mau.example", manual="https://pakn.tinh-mau.example/docs"
)
VIETNAMESE = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)


def line(condition: Condition = Condition.IN_DOUBT, kind: Kind = Kind.RAISED, number: int = 1) -> Line:
    found = Fact(
        condition=condition,
        subject="national_portal",
        count=3,
        of=40,
        codes=("PH-302",),
        cases=(12, 15),
        since=NOW,
        until=NOW,
    )
    return Line(kind=kind, id=number, fact=found, raised_at=NOW)


def letter(*lines: Line) -> Letter:
    return news(lines, open=len(lines), at=NOW, place=PLACE)


# ---- every condition -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("condition", Condition)
def test_every_condition_is_told_in_both_languages_with_its_next_step_and_runbook(
    condition: Condition,
) -> None:
    told = letter(line(condition))
    for lang in LANGS:
        for key in ("", "_do"):
            assert say(f"alert.{condition}{key}", lang) in told.text
        assert "{" not in told.text
    assert f"/alerts.md#{condition}" in told.text
    assert told.text.index(say(f"alert.{condition}")) < told.text.index(say(f"alert.{condition}", "en"))
    assert told.data["alerts"][0]["condition"] == condition


@pytest.mark.parametrize("condition", Condition)
def test_every_condition_has_a_runbook(condition: Condition) -> None:
    """What it means, how grave it is, what to do, and commands to type."""
    found = re.search(rf"^### {condition}\n(.+?)(?=^### |^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    book = found.group(1)
    for heading in ("**Nghĩa là.**", "**Mức.**", "**Việc cần làm.**", "*Means.*", "*Do.*"):
        assert heading in book
    assert re.search(r"^\s*phanhoi ", book, re.MULTILINE)
    assert say(f"alert.{condition}") in book


def test_no_runbook_is_left_over_and_every_condition_has_a_collector() -> None:
    books = re.findall(r"^### (\w+)$", PAGE, re.MULTILINE)
    assert books == [one.value for one in Condition]
    collected = [one for conditions, _ in COLLECTORS for one in conditions]
    assert sorted(collected) == sorted(Condition)


def test_a_sentence_asks_only_for_what_a_fact_can_say() -> None:
    known = {"subject", "count", "of", "since", "until", "codes"}
    for condition in Condition:
        assert places(CATALOGUE[f"alert.{condition}_what"].vi) <= known


def test_a_fact_has_no_place_for_personal_data() -> None:
    """Numbers, instants and codes of ours: a new field needs a second look here."""
    assert [one.name for one in fields(Fact)] == [
        "condition", "subject", "count", "of", "codes", "cases", "since", "until",
    ]  # fmt: skip


# ---- letters ---------------------------------------------------------------------------------------------------


def test_the_subject_names_the_gravest_and_the_end_is_no_alarm() -> None:
    both = letter(line(Condition.CONTRACT_DRIFT, number=1), line(Condition.NO_PULL, number=2))
    assert "NGHIÊM TRỌNG: Không đọc được hệ thống quá một ngày" in both.subject
    assert both.text.index("#2") < both.text.index("#1")
    over = news([line(Condition.NO_PULL, Kind.ENDED)], open=0, at=NOW, place=PLACE)
    assert "NGHIÊM TRỌNG" not in over.subject + over.text
    assert "Đã hết 1 cảnh báo" in over.subject


def test_more_cases_than_are_named_are_counted() -> None:
    assert "Hồ sơ số: 12, 15 và 1 nữa" in letter(line()).text


def test_what_a_message_holds_is_escaped_in_html_and_addresses_can_be_followed() -> None:
    odd = Fact(condition=Condition.UNTOLD, subject="<b>kênh", count=1, codes=('"><script>',))
    told = news([Line(kind=Kind.RAISED, id=1, fact=odd, raised_at=NOW)], open=1, at=NOW, place=PLACE)
    assert "<script>" not in told.html
    assert "&lt;b&gt;kênh" in told.html
    assert '<a href="https://pakn.tinh-mau.example/alerts">' in told.html


def test_a_mail_is_standards_clean_and_says_the_same_in_text_and_html() -> None:
    told = letter(line(), line(Condition.NO_PULL, number=2))
    raw = compose(
        told, "may-1-7", NOW, sender="canhbao@tinh-mau.example", to=("a@tinh-mau.example",)
    ).as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    mail = message_from_bytes(raw, policy=default)
    assert mail["Subject"] == told.subject
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == (
        "<may-1-7.alerts@tinh-mau.example>",
        "auto-generated",
    )
    assert mail["From"].addresses[0].display_name == "Kết nối phản ánh, kiến nghị"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == told.text
    assert say("alert.in_doubt") in html.get_content()
    assert mail.get_content_type() == "multipart/alternative"


def test_a_mail_begins_in_vietnamese_and_has_english_below() -> None:
    vietnamese, english = letter(line()).text.split("-" * 60)
    assert len(VIETNAMESE.findall(vietnamese)) > 20
    assert not VIETNAMESE.findall(english)


def test_a_text_that_is_too_long_is_cut_between_lines() -> None:
    text = "\n".join(["Dòng đầu", *("x" * 90 for _ in range(50))])
    short = cut(text, 1000)
    assert len(short) <= 1000
    assert short.endswith("x" * 90 + "\n…")
    assert cut(text, 10_000) == text
    assert len(cut("y" * 5000, 300)) <= 300


# ---- webhooks --------------------------------------------------------------------------------------------------


def body(style: str, told: Letter, **more: object) -> dict[str, object]:
    given = {"to": "-100", "most_chars": 2000, "template": {}, "message_id": "m-1", **more}
    return body_of(style, told, **given)  # type: ignore[arg-type]


def test_every_style_says_it_where_its_receiver_looks() -> None:
    told = letter(line())
    assert body("telegram", told)["chat_id"] == "-100"
    assert say("alert.in_doubt") in str(body("telegram", told)["text"])
    zalo = json.loads(json.dumps(body("zalo", told)))
    assert (zalo["recipient"]["user_id"], zalo["message"]["text"]) == ("-100", told.chat)
    assert body("mattermost", told) == {"text": told.chat}
    ours = body("signed", told)
    assert (ours["id"], ours["kind"], ours["open"]) == ("m-1", "alerts", 1)


def test_a_template_is_filled_in_its_structure_so_that_a_text_cannot_break_out() -> None:
    odd = trial('"}, "x": "', at=NOW, place=PLACE)
    filled = body("template", odd, template={"a": ["vào {text} ra"], "n": 1})
    assert filled == {"a": [f"vào {odd.chat} ra"], "n": 1}


def test_a_receiver_that_says_no_in_a_200_is_heard() -> None:
    assert refusal("telegram", b'{"ok": false, "error_code": 403}') == "error 403"
    assert refusal("telegram", b'{"ok": true}') is None
    assert refusal("zalo", b'{"error": -216, "message": "token"}') == "error -216"
    assert refusal("zalo", b'{"error": 0}') is None
    assert refusal("zalo", b"<html>") == "no JSON"
    assert refusal("signed", b"<html>") is None


# ---- signatures ------------------------------------------------------------------------------------------------


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the Standard Webhooks specification."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.fromtimestamp(1614265330, UTC)
    made = sign(b'{"test": 2432232314}', message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", at=at, secrets=[secret])
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_only_who_knows_a_secret_signs_and_only_for_now() -> None:
    secrets = ["bí mật mới của tỉnh", "bí mật cũ của tỉnh"]
    told = sign(b"{}", message_id="m-1", at=NOW, secrets=secrets)
    for one in secrets:
        assert verified(b"{}", told, secret=one, now=NOW), "both count while a secret is changed"
    assert not verified(b"{ }", told, secret=secrets[0], now=NOW)
    assert not verified(b"{}", told, secret="bí mật khác", now=NOW)
    assert not verified(b"{}", {**told, "webhook-id": "m-2"}, secret=secrets[0], now=NOW)
    late = datetime(2026, 11, 18, 1, 6, tzinfo=UTC)
    assert not verified(b"{}", told, secret=secrets[0], now=late)
    assert not verified(b"{}", {**told, "webhook-timestamp": "x"}, secret=secrets[0], now=NOW)
    assert not verified(b"{}", {}, secret=secrets[0], now=NOW)
    assert key_of("whsec_không") == "whsec_không".encode()
