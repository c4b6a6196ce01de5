"""When a file of certificates stops being of use."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.services.alert_certificates import expiries
from connector.services.alert_channels import name_of
from tests.unit.test_transport_tls import write_certificate


def days_left(role: str, path: Path) -> int:
    (one,) = expiries([("national_portal", role, path)])
    return round((one.at - datetime.now(UTC)) / timedelta(days=1))


def test_a_chain_ends_with_its_first_certificate_and_a_bundle_of_authorities_with_its_last(
    tmp_path: Path,
) -> None:
    files = [
        write_certificate(tmp_path, name, timedelta(days=days))[0] for name, days in (("cu", 5), ("moi", 500))
    ]
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(b"".join(Path(one).read_bytes() for one in files))
    assert days_left("client_cert_file", bundle) == 5
    assert days_left("ca_file", bundle) == 500, "an old root beside a new one is no alarm"


def test_a_file_without_a_certificate_says_so(tmp_path: Path) -> None:
    (tmp_path / "rong.pem").write_text("không có gì", encoding="utf-8")
    with pytest.raises(ValueError):
        expiries([("x", "ca_file", tmp_path / "rong.pem")])


def test_the_id_of_a_message_is_fit_for_a_header_whatever_the_node_is_called() -> None:
    assert name_of("máy trực\r\nBcc: x", 7).isascii()
    assert name_of("máy trực 1", 7) == name_of("máy trực 1", 7) == "m-y-tr-c-1-7"
