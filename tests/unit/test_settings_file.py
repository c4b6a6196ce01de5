"""The settings file that ``phanhoi init`` writes."""

import re
import tomllib

import pytest
from pydantic import BaseModel

from connector.app import plugins
from connector.sections.base import EmptyIsNone, Section
from connector.sections.systems import SystemSettings
from connector.settings import Settings
from connector.settings_file import settings_file
from connector.transport import TransportSettings

REQUIRED = {
    "register": {"database_url": "postgresql://127.0.0.1/x", "master_keys_file": "/etc/phanhoi/khoa-so"},
    "national_portal": {
        "madonvi": "000.00.00.H56",
        "adapter_base": "https://trung-gian.example",
        "password": "x",
    },
    "government_portal": {
        "endpoint": "https://cong.example/feedback",
        "system_id": "000.00.00.H56",
        "password": "x",
        "organ_id": "000.00.00.H56",
    },
}

ADAPTERS = {plugin.settings: REQUIRED[name] for name, plugin in plugins().items()}


def test_as_written_it_changes_nothing():
    written = tomllib.loads(settings_file())
    assert Settings(**written).model_dump(exclude={"systems"}) == Settings().model_dump(exclude={"systems"})


def test_every_default_in_it_can_be_uncommented_and_is_the_default():
    text = re.sub(r"^# ([a-z_]+ = (?!…).*)$", r"\1", settings_file(), flags=re.MULTILINE)
    given = Settings(**tomllib.loads(text))
    assert given.model_dump(exclude={"systems"}) == Settings().model_dump(exclude={"systems"})
    for name, plugin in plugins().items():
        model, required = plugin.settings, REQUIRED[name]
        told = model.model_validate({**given.systems[name].adapter, **required})
        assert told == model.model_validate(required)


def test_it_names_every_required_value_and_no_secret():
    text = settings_file()
    for name in ("endpoint", "system_id", "organ_id", "madonvi"):
        assert f"# {name} = …" in text
    assert "# password: bắt buộc" in text


def _may_be_empty() -> list[tuple[type[BaseModel], str]]:
    sections = [one.annotation for one in Settings.model_fields.values()]
    models = [one for one in sections if isinstance(one, type) and issubclass(one, BaseModel)]
    models += [SystemSettings, TransportSettings, *ADAPTERS]
    return [
        (model, name)
        for model in models
        for name, field in model.model_fields.items()
        if field.default is None and name not in ADAPTERS.get(model, {})
    ]


@pytest.mark.parametrize(("model", "name"), _may_be_empty(), ids=lambda one: getattr(one, "__name__", one))
def test_an_empty_text_says_that_nothing_is_set(model: type[BaseModel], name: str) -> None:
    """TOML and the environment have no null."""
    assert getattr(model.model_validate({**ADAPTERS.get(model, {}), name: ""}), name) is None


def test_every_section_however_deep_takes_an_empty_text_for_what_may_be_unset() -> None:
    may_be_unset = [
        (model.__name__, name, EmptyIsNone in field.metadata)
        for model in _sections(Section)
        for name, field in model.model_fields.items()
        if field.default is None
    ]
    assert len(may_be_unset) > 40
    assert [one[:2] for one in may_be_unset if not one[2]] == []


def _sections(model: type[BaseModel]) -> set[type[BaseModel]]:
    return {model}.union(*(_sections(one) for one in model.__subclasses__()))
