"""Settings: what may differ is a setting, a mistake is named, a secret is never shown."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters.government_portal import plugin
from adapters.government_portal.settings import (
    AttachmentSettings,
    GovernmentPortalSettings,
    WireLimits,
)

BASE = {
    "endpoint": "https://cong.example/feedback",
    "system_id": "thanhhoa-mau",
    "password": "bí-mật-mẫu",
    "organ_id": "000.00.00.H56",
}


def settings(**more):
    return GovernmentPortalSettings(**{**BASE, **more})


def test_unknown_keys_are_refused_at_every_level():
    for more in ({"endpont": "x"}, {"attachments": {"max": 1}}, {"limits": {"depth": 1}}):
        with pytest.raises(ValidationError, match="Extra inputs"):
            settings(**more)


def test_secrets_are_not_shown():
    assert "bí-mật-mẫu" not in repr(settings())
    assert "bí-mật-mẫu" not in settings().model_dump_json()


@pytest.mark.parametrize("auth", ["wss_text", "basic", "token_header"])
def test_a_form_that_sends_the_secret_itself_needs_tls(auth):
    assert settings(auth=auth).auth == auth
    assert settings(auth=auth, endpoint="http://127.0.0.1:8080/feedback").auth == auth
    with pytest.raises(ValidationError, match="https"):
        settings(auth=auth, endpoint="http://cong.example/feedback")


@pytest.mark.parametrize(
    "endpoint", ["cong.example", "ftp://cong.example", "https://a:b@cong.example/", "https://"]
)
def test_an_address_must_be_whole_and_without_account(endpoint):
    with pytest.raises(ValidationError):
        settings(endpoint=endpoint)


def test_the_action_is_namespace_and_operation_unless_configured():
    assert settings().action("Ping") == "urn:govportal:feedback:1/Ping"
    assert settings(soap_action_base="urn:khac#").action("Ping") == "urn:khac#Ping"
    assert settings(soap_actions={"Ping": "urn:ping"}).action("Ping") == "urn:ping"
    assert settings(soap_action_base="").action("Ping") == settings().action("Ping"), "empty: as unset"


def test_every_setting_is_in_the_manual():
    manual = (Path(__file__).parents[2] / "docs" / "government-portal.md").read_text(encoding="utf-8")
    models = (GovernmentPortalSettings, AttachmentSettings, WireLimits)
    names = {name for model in models for name in model.model_fields}
    assert [name for name in sorted(names) if name not in manual] == []


def test_the_plugin_is_light_to_import():
    code = "import sys, adapters.government_portal as p; print(p.plugin.name, 'zeep' in sys.modules, 'lxml' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["government_portal", "False", "False"]
    assert plugin.settings is GovernmentPortalSettings
