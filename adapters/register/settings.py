"""Settings of the section ``[systems.register]``."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from connector.errors import MasterKeyError
from connector.sealing import MasterKeys
from connector.sections.base import EmptyIsNone


class RegisterSettings(BaseModel):
    """How the connector reaches the province's register.

    Attributes:
        access: ``sql`` reads the four views and writes through the register's own transactions; ``rest`` calls its API.
        database_url: PostgreSQL address, for ``sql``.
        master_keys: the register's master keys, lines ``name:base64``, for ``sql``: what it holds is sealed.
        master_keys_file: a file with those lines instead.
        trusted_roots: folder of root certificates for the signatures of files that are written by ``sql``.
        base_url: address of the API without ``/api/v1``, for ``rest``.
        token: bearer token with the role ``exchange``, for ``rest``.
        madonvi: code of the province (prefix of case codes).
        page_size: cases in one page of changes.
        max_connections: connections to PostgreSQL, for ``sql``.
        max_file_bytes: largest file that is read or written.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    access: Literal["sql", "rest"] = Field(default="sql", description="sql | rest")
    database_url: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None, description="địa chỉ PostgreSQL của hệ thống, khi access = sql / its database"
    )
    master_keys: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None, description="khóa chủ của sổ, khi access = sql / the register's master keys"
    )
    master_keys_file: Annotated[Path | None, EmptyIsNone] = Field(
        default=None, description="tệp chứa khóa chủ của sổ / a file with the master keys"
    )
    trusted_roots: Annotated[Path | None, EmptyIsNone] = Field(
        default=None, description="thư mục chứng thư gốc tin cậy / folder of trusted root certificates"
    )
    base_url: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="địa chỉ API, khi access = rest / its API"
    )
    token: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None, description="mã truy cập vai trò exchange / bearer token with the role exchange"
    )
    madonvi: str = Field(
        description="mã đơn vị của tỉnh / code of the province",
        default="000.00.00.H56",
        pattern=r"^[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.[A-Z][0-9]{2}$",
    )
    page_size: int = Field(default=200, ge=1, le=1000, description="số hồ sơ mỗi trang / cases in a page")
    max_connections: int = Field(default=8, ge=1, le=64, description="số kết nối / connections")
    max_file_bytes: int = Field(default=20 * 1024 * 1024, ge=1, description="tệp lớn nhất / largest file")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {"sql": ("database_url",), "rest": ("base_url", "token")}[self.access]
        missing = [name for name in needed if getattr(self, name) is None]
        if self.access == "sql" and self.master_keys is None and self.master_keys_file is None:
            missing.append("master_keys or master_keys_file")
        if missing:
            msg = f"access = {self.access} needs {', '.join(missing)}"
            raise ValueError(msg)
        return self


def read_keys(text: str | None, file: Path | None) -> MasterKeys:
    """The register's master keys, from their text or from a file; the text goes first.

    Raises:
        MasterKeyError: neither is there, the file cannot be read, or a line is not ``name:base64``.
    """
    if text is None and file is None:
        msg = "the register's master keys are not set"
        raise MasterKeyError(msg)
    if text is None and file is not None:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"the master keys in {file} cannot be read ({type(error).__name__})"
            raise MasterKeyError(msg) from None
    return MasterKeys.parse(text or "")
