"""What all sections of the settings have in common: unknown keys are mistakes, and an empty text says that nothing is set."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

EmptyIsNone = BeforeValidator(lambda value: None if value == "" else value)
"""TOML and the environment have no null: an empty text says that nothing is set."""


Days = Annotated[Annotated[int, Field(ge=0, le=36500)] | None, EmptyIsNone]
"""A period; empty: none is set."""


class Section(BaseModel):
    """A part of the settings: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
