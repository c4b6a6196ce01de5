"""The sections ``[database]`` and ``[backup]`` of the settings."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from connector.sections.base import EmptyIsNone, Section


class DatabaseSettings(Section):
    """PostgreSQL. Without ``url`` the embedded server runs on ``folder``."""

    url: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None, description="postgresql://… ; để trống = máy chủ nhúng / empty = embedded server"
    )
    folder: Path = Field(
        default=Path("var/postgres"), description="thư mục dữ liệu của máy chủ nhúng / embedded data"
    )
    least_free_mib: int = Field(
        default=64,
        ge=1,
        description="máy chủ nhúng dừng khi đĩa còn ít hơn (MiB) / the embedded server's disk must have left (MiB)",
    )
    pool_size: int = Field(default=20, ge=4, le=200, description="số kết nối tối đa / most connections")


class BackupSettings(Section):
    """How backups are sealed. The keys here only seal: none of them opens one."""

    recipients: tuple[str, ...] = Field(
        default=(),
        description="khóa công khai để niêm phong bản sao lưu (`phanhoi backup keys`) / public keys that backups are sealed to",
    )
    programs: Annotated[Path | None, EmptyIsNone] = Field(
        default=None,
        description="thư mục chứa pg_dump, pg_restore / folder of pg_dump and pg_restore, if not found by itself",
    )
