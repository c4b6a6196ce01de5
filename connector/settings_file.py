"""Write the commented settings file of ``phanhoi init`` from the settings' own types and descriptions."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from connector.app import plugins
from connector.sections.systems import SystemSettings
from connector.settings import Settings

HEAD = """\
# Cấu hình kết nối PAKN / settings of the citizen-feedback connector.
# Dòng bắt đầu bằng "# tên =" là giá trị mặc định / a line "# name =" shows the default.
# Mật khẩu: đặt qua biến môi trường hoặc thư mục bí mật, không ghi ở đây /
# passwords: by environment (PHANHOI_SYSTEMS__NATIONAL_PORTAL__ADAPTER__PASSWORD) or secrets folder, not here.
# Dữ liệu hồ sơ được mã hóa: tạo khóa chủ bằng `phanhoi keys create --file …`, ghi vào [privacy], sao lưu tách khỏi cơ sở dữ liệu /
# case data is sealed: make a master key with `phanhoi keys create --file …`, name it under [privacy], back it up apart.
"""


def settings_file(values: Mapping[str, Any] | None = None) -> str:
    """The whole file as text; every setting with its default and description, and those of ``values`` set."""
    values = values or {}
    parts = [HEAD, *_fields(Settings, values, skip={"systems"})]
    systems = values.get("systems", {})
    for name, plugin in sorted(plugins().items()):
        own = systems.get(name, {})
        if values and name not in systems:
            own = {"enabled": False}
        parts.append(f"\n[systems.{name}]\n")
        parts += _fields(SystemSettings, own, prefix=f"systems.{name}", skip={"adapter"})
        parts.append(f"\n[systems.{name}.adapter]\n")
        parts += _fields(plugin.settings, own.get("adapter", {}), prefix=f"systems.{name}.adapter")
    return "".join(parts)


def _fields(
    model: type[BaseModel],
    values: Mapping[str, Any],
    prefix: str = "",
    skip: frozenset[str] | set[str] = frozenset(),
) -> list[str]:
    """Plain values first, then the tables: TOML wants it so."""
    plain: list[str] = []
    tables: list[str] = []
    for name, field in model.model_fields.items():
        if name in skip:
            continue
        inner = _model(field)
        if inner is not None:
            path = f"{prefix}.{name}" if prefix else name
            tables += [f"\n[{path}]\n", *_fields(inner, values.get(name, {}), path)]
        elif name in values:
            plain.append(f"{_comment(field)}{name} = {_toml(values[name])}\n")
        else:
            plain.append(_line(name, field))
    return plain + tables


def _comment(field: FieldInfo) -> str:
    return f"# {field.description}\n" if field.description else ""


def _line(name: str, field: FieldInfo) -> str:
    comment = _comment(field)
    if field.is_required():
        secret = field.annotation is SecretStr
        return comment + (
            f"# {name}: bắt buộc, là bí mật / required, a secret\n"
            if secret
            else f"# {name} = …  (bắt buộc / required)\n"
        )
    default = field.get_default(call_default_factory=True)
    if default is None or isinstance(default, SecretStr):
        return comment + f"# {name} = …  (mặc định: trống / default: empty)\n"
    return comment + f"# {name} = {_toml(default)}\n"


def _model(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _toml(value: Any) -> str:
    if isinstance(value, BaseModel):
        return _toml({key: item for key, item in value.model_dump(mode="json").items() if item is not None})
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return _toml(value.value)
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
