"""What log lines may hold."""

import json
import logging

import structlog

from connector.logs import log_to_stderr, places

SECRET = "Nguyễn Văn Mẫu 0900000000"


def _fail():
    raise ValueError(SECRET)


def test_a_traceback_is_places_and_types_and_never_the_message():
    try:
        _fail()
    except ValueError as error:
        told = places(error)
    assert told.startswith("ValueError at test_logs.py:")
    assert "_fail" in told
    assert "Mẫu" not in told


def test_the_cause_is_told_too():
    try:
        try:
            _fail()
        except ValueError as error:
            raise RuntimeError(SECRET) from error
    except RuntimeError as error:
        told = places(error)
    assert "RuntimeError at" in told
    assert "ValueError at" in told


def test_our_lines_and_the_libraries_lines_are_json_without_personal_data(capsys):
    log_to_stderr(logging.INFO)
    try:
        _fail()
    except ValueError:
        structlog.get_logger("test").exception("deliver_fault", delivery_id=7, phone="0900000000")
        logging.getLogger("somebody.else").exception("job failed")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["deliver_fault", "job failed"]
    assert all("ValueError at test_logs.py:" in line["exception"] for line in lines)
    text = json.dumps(lines, ensure_ascii=False)
    assert "Mẫu" not in text
    assert "0900000000" not in text
