"""The one redaction point: what may stand in a log, and what never."""

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from connector.transport.redact import redact_event, safe_headers, safe_path, safe_text, safe_url

CODE = "000.00.00.H56-261118-00057"
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
UUID = "3f2b8c1e-1111-4222-8333-123456789012"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://cong.example/mapi/g?token=abc&sdt=0900000000", "https://cong.example/mapi/g"),
        ("https://ten:matkhau@cong.example:8443/mapi/login#x", "https://cong.example:8443/mapi/login"),
        ("https://cong.example/tai-tep/abc123", "https://cong.example/tai-tep/***"),
        ("https://cong.example/x/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0", "https://cong.example/x/***"),
        ("https://cong.example/nguoi/mau@example.com/tep", "https://cong.example/nguoi/***/tep"),
        (f"https://cong.example/ho-so/{CODE}", f"https://cong.example/ho-so/{CODE}"),
        (f"https://cong.example/giao-dich/{UUID}", f"https://cong.example/giao-dich/{UUID}"),
        ("http://[::1]:8080/control/cases", "http://[::1]:8080/control/cases"),
        ("/mapi/g?x=1", "/mapi/g"),
        ("https://[hong/", "***"),
    ],
)
def test_a_url_keeps_only_where_it_goes(url, safe):
    assert safe_url(url) == safe


@given(st.from_regex(r"[A-Za-z0-9_-]{16,60}", fullmatch=True))
def test_a_token_in_a_download_path_never_shows(token):
    assert token not in safe_path(f"/api/tai-tep/{token}").split("/")


def test_headers_keep_their_names_and_only_harmless_values():
    seen = safe_headers(
        {"Authorization": "Bearer x", "Content-Type": "text/xml", "X-Ma-Bi-Mat": "1", "Cookie": "a=b"}
    )
    assert seen == {"authorization": "***", "content-type": "text/xml", "x-ma-bi-mat": "***", "cookie": "***"}


@pytest.mark.parametrize(
    "secret",
    [
        "0900000000", "0900 000 000", "+84 900 000 000", "+84-900-000-000", "0900.000.000", "(0237) 3.123.456",
        "038012345678", "171234567", "nguyen.van.mau@example.com", "mau+1@thu.example",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "around", ["{}", "Gọi {} gấp", "sđt:{}, cảm ơn", "({})", '{{"SoDienThoai": "{}"}}', "x={}."]
)
def test_personal_numbers_and_addresses_are_masked_in_free_text(secret, around):
    assert secret not in safe_text(around.format(secret))
    assert "***" in safe_text(around.format(secret))


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Basic bWF0a2hhdTpiaW1hdA==",
        "authorization=Bearer bWF0a2hhdTpiaW1hdA",
        '{"password": "bWF0a2hhdTpiaW1hdA"}',
        "mat_khau = bWF0a2hhdTpiaW1hdA",
        "session=bWF0a2hhdTpiaW1hdA; Path=/",
        "gửi kèm bearer bWF0a2hhdTpiaW1hdA",
        "GET https://cong.example/a?token=bWF0a2hhdTpiaW1hdA lỗi",
    ],
)
def test_credentials_are_masked_in_free_text(text):
    assert "bWF0a2hhdTpiaW1hdA" not in safe_text(text)


@pytest.mark.parametrize(
    "text",
    [
        f"Hồ sơ {CODE} đã gửi lúc 2026-11-18T07:55:00+07:00 trong 0.123456 giây",
        f"mục 57 có sha256 {SHA} và giao dịch {UUID}",
        "PH-302: national_portal: cannot be reached (no_connection)",
        "gặp 300 hồ sơ, 12 lần thử, cổng 127.0.0.1:54321",
    ],
)
def test_ids_digests_instants_and_small_numbers_stay(text):
    assert safe_text(text) == text


@given(st.text())
def test_any_text_can_be_made_safe_and_safe_text_is_stable(text):
    assert safe_text(safe_text(text)) == safe_text(text)


def test_every_field_of_an_event_is_made_safe_but_ids_stay_searchable():
    event = redact_event(
        None,
        "info",
        {
            "event": "case_seen",
            "ref": "900000123",
            "paknid": "900000124",
            "note": "dân gọi 0900000000",
            "password": "x",
            "body": "<soap/>",
            "raw": b"\x00" * 12,
            "nested": {"Session-Id": "abc", "texts": ["a@example.com", 7]},
            "error": ValueError("số 0900000000"),
        },
    )
    assert event == {
        "event": "case_seen",
        "ref": "900000123",
        "paknid": "900000124",
        "note": "dân gọi ***",
        "password": "***",
        "body": "***",
        "raw": "<12 bytes>",
        "nested": {"Session-Id": "***", "texts": ["***", 7]},
        "error": "số ***",
    }


def test_the_processor_fits_into_a_chain():
    with structlog.testing.capture_logs(processors=[redact_event]) as events:
        structlog.get_logger().info("http_call", url="https://cong.example/a?sdt=0900000000")
    assert events[0]["url"] == "https://cong.example/a"
