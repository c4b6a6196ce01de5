"""Settings of the national portal (national-portal contract §10.2): what is refused, and how clearly."""

import sys
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.national_portal.profile import OPERATIONS, SERVICES
from adapters.national_portal.settings import NationalPortalSettings

LEAST: dict[str, Any] = {
    "adapter_base": "https://adapter.example/VXPAdapter/RestService/forward",
    "madonvi": "000.00.00.H56",
    "password": "mat-khau-mau",
}
TOKEN = {
    "token_url": "https://lgsp.example/token",
    "consumer_key": "khoa-mau",
    "consumer_secret": "bi-mat-mau",
}


def settings(**changes: Any) -> NationalPortalSettings:
    return NationalPortalSettings(**(LEAST | changes))


def test_three_values_are_enough_and_the_defaults_are_the_contracts():
    made = settings()
    assert made.login_name == "000.00.00.H56"
    assert made.session_ttl_s == 540
    assert (made.dstcode_in, made.dstcode) == ("header", "VN:GOV:000.00.00.G22:vpcpdvcprovider")
    assert (made.batch.ket_qua, made.batch.tien_do, made.batch.dong_bo) == (10, 10, 1)
    assert (made.send_identity, made.push_scope.hien_truong, made.remote_idempotent) == ("none", False, True)
    assert made.service("danh_sach") == "DanhSachPAKNChoXuLy"


def test_the_example_of_the_contract_is_accepted():
    made = settings(
        dstcode_on=["login", "share", "integration"],
        services=dict(SERVICES),
        fields={},
        codes={"status": {}, "source": {}, "kind": {}, "submitter": {}},
        batch={"ket_qua": 10, "tien_do": 10, "dong_bo": 1},
        use_window=False,
        window_overlap_h=24,
        success_words=["thành công"],
        failure_words=["không thành công", "chưa thành công"],
        exists_words=["đã tồn tại"],
        push_scope={"quy_dinh": True, "hanh_vi": True, "hien_truong": False, "sang_kien": True},
        push_private="flag",
    )
    assert made == settings(
        dstcode_on=["login", "share", "integration"], services=dict(SERVICES), codes=made.codes
    )


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"adapter_base": None}, "adapter_base"),
        ({"password": None}, "password"),
        ({"adapter_base": "adapter.example"}, "http"),
        ({"adapter_base": "https://ai:do@adapter.example"}, "tài khoản"),
        ({"adapter_base": "https://adapter.example?x=1"}, "tham số"),
        ({"madonvi": "thanh-hoa"}, "000.00.00.H56"),
        ({"dstcode": "vpcp"}, "country:class"),
        ({"dstcode": None}, "dstcode"),
        ({"login_path": ""}, "mapi/g"),
        ({"integration_path": "../g"}, "mapi/g"),
        ({"batch": {"tien_do": 11}}, "10"),
        ({"success_words": []}, "trống"),
        ({"success_words": [" "]}, "trống"),
        ({"services": {"tiep_nhan_pakn": "X"}}, "tiep_nhan_pakn"),
        ({"services": {"tiep_nhan": "TuChoiPAKN"}}, "TuChoiPAKN"),
        ({"fields": {"khong_co": {}}}, "khong_co"),
        ({"fields": {"tiep_nhan": {"A": "X", "B": "x"}}}, "lặp lại"),
        ({"codes": {"status": {"A": {"code": "2"}, "B": {"code": "2"}}}}, "cùng nghĩa"),
        ({"codes": {"trang_thai": {}}}, "status"),
        ({"answer_date_form": "yyyy-MM-dd"}, "dd/MM/yyyy"),
        ({"unknown_setting": 1}, "Extra"),
        ({"batch": {"tien_do": 5, "x": 1}}, "Extra"),
        ({"route": {"kind": "lgsp"}}, "token_url"),
        ({"route": {"kind": "carrier pigeon"}}, "lgsp"),
        ({"route": {"kind": "facade", "base": "https://lgsp.example"}}, "bearer_token"),
        (
            {"route": {"kind": "facade", "base": "https://lgsp.example", "token_url": TOKEN["token_url"]}},
            "consumer_key",
        ),
        (
            {"route": {"kind": "facade", "base": "https://lgsp.example", "bearer_token": "t", **TOKEN}},
            "exactly one",
        ),
    ],
)
def test_a_wrong_setting_is_refused_with_a_text_that_names_it(changes: dict[str, Any], complaint: str):
    with pytest.raises(ValidationError) as caught:
        settings(**changes)
    assert complaint in str(caught.value)


def test_every_problem_is_told_at_once():
    with pytest.raises(ValidationError) as caught:
        settings(adapter_base=None, password=None, services={"x": "Y"})
    assert all(word in str(caught.value) for word in ("adapter_base", "password", "x"))


def test_a_facade_needs_neither_adapter_nor_password():
    made = NationalPortalSettings(
        madonvi="000.00.00.H56",
        route={"kind": "facade", "base": "https://lgsp.example/KetNoi", "bearer_token": "t"},
    )
    assert made.route.kind == "facade"


@pytest.mark.parametrize("code", ["000.00.00.H56", "H56", "H56.1", "0A0.B0.00.H56"])
def test_both_systems_of_agency_codes_are_taken(code: str):
    assert settings(madonvi=code).madonvi == code


def test_secrets_show_neither_in_text_nor_in_dumps():
    made = settings(route={"kind": "lgsp", **TOKEN})
    shown = f"{made} {made!r} {made.model_dump_json()}"
    assert "mat-khau-mau" not in shown
    assert "bi-mat-mau" not in shown


def test_every_operation_has_a_service():
    assert set(OPERATIONS) <= set(SERVICES)


def test_importing_the_plugin_pulls_in_no_http():
    """Start-up stays quick: the client is imported by ``build`` only."""
    import subprocess

    code = (
        "import sys; from adapters.national_portal import plugin; "
        "heavy = {'httpx', 'aiohttp', 'adapters.national_portal.client'} & set(sys.modules); "
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
