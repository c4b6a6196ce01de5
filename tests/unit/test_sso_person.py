"""What a claim decides is what the settings say that it decides, and nothing else."""

from typing import Any

import pytest
from pydantic import ValidationError

from connector.errors import SsoNoAccount
from connector.sections.console import OidcSettings
from connector.sso.person import Person, person_of


def own(**given: Any) -> OidcSettings:
    return OidcSettings(issuer="https://a.example", client_id="x", console_url="https://b.example", **given)


def person(settings: OidcSettings, **told: Any) -> Person:
    return person_of({"iss": "https://a.example", "sub": "42", **told}, settings)


ROLES = {"role_claim": "groups", "roles": {"ph-vanhanh": "operator", "ph-pheduyet": "approver"}}
AGENCIES = {"agency_claim": "org.code", "agencies": {"so-a": "000.00.01.H56", "tinh": "*"}}


def test_without_a_setting_no_claim_gives_a_role_an_agency_or_a_second_factor() -> None:
    told = person(
        own(), role="administrator", roles=["administrator"], groups=["ph-vanhanh"], acr="2", amr=["otp"]
    )
    assert (told.role, told.agencies, told.strong) == (None, None, False)


def test_the_named_claim_gives_the_role_that_the_table_says() -> None:
    assert person(own(**ROLES), groups=["khac", "ph-vanhanh"]).role == "operator"
    assert person(own(**ROLES), groups="ph-pheduyet").role == "approver"


@pytest.mark.parametrize(
    "groups",
    [None, [], "khac", ["operator"], ["ph-vanhanh", "ph-pheduyet"], {"ph-vanhanh": 1}, [["ph-vanhanh"]]],
)
def test_no_role_or_two_of_them_let_nobody_in(groups: object) -> None:
    with pytest.raises(SsoNoAccount, match="42") as told:
        person(own(**ROLES), groups=groups)
    assert told.value.detail["why"] == "role"


def test_agencies_limit_and_only_a_star_is_all() -> None:
    settings = own(**AGENCIES)
    assert person(settings, org={"code": ["so-a", "khac"]}).agencies == ("000.00.01.H56",)
    assert person(settings, org={"code": ["so-a", "tinh"]}).agencies == ()
    for told in ({}, {"org": {"code": "khac"}}, {"org": "so-a"}):
        with pytest.raises(SsoNoAccount) as refused:
            person(settings, **told)
        assert refused.value.detail["why"] == "agency"


def test_a_second_factor_is_what_the_settings_take_for_one() -> None:
    settings = own(acr_values=("urn:hai-lop",), amr_values=("otp",))
    assert person(settings, acr="urn:hai-lop").strong
    assert person(settings, amr=["pwd", "otp"]).strong
    for told in ({"acr": "otp"}, {"amr": ["pwd"]}, {"amr": {"otp": 1}}, {"acr": ["urn:hai-lop"]}):
        assert not person(settings, **told).strong


def test_names_are_read_plainly() -> None:
    told = person(own(), preferred_username="Ân.Đỗ@tinh.example", name="  Đỗ  Thị Ân ")
    assert (told.account, told.display_name) == ("an.do", "Đỗ Thị Ân")
    assert person(own(), name="a\x00b", preferred_username=7).display_name == ""


@pytest.mark.parametrize(
    "given",
    [
        {"issuer": "https://a.example"},
        {"issuer": "https://a.example", "client_id": "x"},
        {"role_claim": "groups"},
        {"roles": {"a": "viewer"}},
        {"agency_claim": "org"},
        {"scopes": ("profile",)},
    ],
)
def test_half_a_setting_is_a_mistake(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OidcSettings(**given)
