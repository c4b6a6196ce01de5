"""What ``init`` will write, from what was answered. Pure: nothing is written here.

Answers are a tree of settings, secrets and all; whatever has the type of a secret goes into the secrets folder, one file a
value, and everything else into the settings file.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr

from connector.sections.systems import SystemSettings
from connector.settings import Settings
from connector.settings_file import settings_file
from connector.system import Plugin

MASTER_KEYS = "master.keys"
SECRETS = "secrets"

Tree = dict[str, Any]
Plugins = Mapping[str, Plugin[Any]]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The files of an installation.

    Attributes:
        settings: path and text of the settings file.
        secrets: path → text; each readable by its owner alone.
        master_keys: where the master keys lie, to be made if they are not there; None if the settings give them as text.
    """

    settings: tuple[Path, str]
    secrets: Mapping[Path, str] = field(repr=False)
    master_keys: Path | None


def draft(answers: Tree, target: Path, plugins: Plugins) -> Draft:
    """The files for these answers, beside ``target``, the settings file."""
    folder = target.resolve().parent
    tree = _copy(answers)
    tree.setdefault("database", {})
    if "url" not in tree["database"]:
        # whole paths: a service does not begin in the folder in which init was run
        tree["database"].setdefault("folder", str(folder / "var" / "postgres"))
    privacy = tree.setdefault("privacy", {})
    keys = None
    if "master_keys" not in privacy:
        keys = Path(privacy.setdefault("master_keys_file", str(folder / MASTER_KEYS)))
    secrets = {
        folder / SECRETS / "__".join(path): value if isinstance(value, str) else json.dumps(value)
        for path, value in _taken(tree, secret_paths(plugins))
    }
    return Draft(settings=(target, settings_file(tree)), secrets=secrets, master_keys=keys)


def secret_paths(plugins: Plugins) -> frozenset[tuple[str, ...]]:
    """Every setting whose value is a secret, by its steps. Those of sections that people name, such as webhooks, are not among them."""
    found = {path for path in _secrets(Settings) if path[0] != "systems"}
    for name, plugin in plugins.items():
        found |= {("systems", name, *path) for path in _secrets(SystemSettings)}
        found |= {("systems", name, "adapter", *path) for path in _secrets(plugin.settings)}
    return frozenset(found)


def _secrets(model: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    for name, one in model.model_fields.items():
        kinds = list(_kinds(one.annotation))
        if SecretStr in kinds:
            yield (name,)
        named = get_origin(one.annotation) in (dict, Mapping)
        for kind in () if named else kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from ((name, *path) for path in _secrets(kind))


def _kinds(annotation: Any) -> Iterator[Any]:
    yield annotation
    for one in get_args(annotation):
        yield from _kinds(one)


def _taken(tree: Tree, paths: frozenset[tuple[str, ...]]) -> list[tuple[tuple[str, ...], Any]]:
    """Take the secrets out of the tree."""
    found = []
    for path in sorted(paths):
        here: Any = tree
        for step in path[:-1]:
            here = here.get(step) if isinstance(here, dict) else None
        if isinstance(here, dict) and path[-1] in here:
            found.append((path, here.pop(path[-1])))
    return found


def _copy(tree: Tree) -> Tree:
    return {key: _copy(value) if isinstance(value, dict) else value for key, value in tree.items()}
