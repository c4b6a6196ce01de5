"""The section ``[ledger]`` of the settings."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from connector.sections.base import EmptyIsNone, Section


class LedgerSettings(Section):
    """Sealing of the evidence log. Without a signing key the log is kept and chained, but not sealed."""

    origin: Annotated[str | None, EmptyIsNone] = Field(
        default=None,
        pattern=r"^[^\s+]{1,200}$",
        description="tên riêng của nhật ký, ví dụ phananh.tinh-mau.example/log / the log's own name in the world",
    )
    signing_keys_file: Annotated[Path | None, EmptyIsNone] = Field(
        default=None, description="tệp khóa ký (`phanhoi log keys create`) / file of the signing keys"
    )
    signing_keys: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None, description="khóa ký, là bí mật; thay cho tệp / the keys' text, instead of a file"
    )
    seal_every_s: float = Field(
        default=60, gt=0, description="chu kỳ niêm phong / how often entries are sealed"
    )
    seal_after_entries: int = Field(
        default=10_000,
        ge=1,
        description="niêm phong sớm khi có thêm / sealed earlier after so many new entries",
    )
    checkpoint_folder: Annotated[Path | None, EmptyIsNone] = Field(
        default=None,
        description="thư mục chỉ ghi một lần cho các điểm niêm phong / write-once folder of the checkpoints",
    )
    witness_url: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="địa chỉ bên chứng kiến / address of a witness (C2SP tlog-witness)"
    )
    witness_key: Annotated[str | None, EmptyIsNone] = Field(
        default=None,
        description="khóa công khai của bên chứng kiến / the witness's verifier key (name+id+key)",
    )
    timestamp_url: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="máy chủ dấu thời gian RFC 3161 / time-stamping authority"
    )
    timestamp_every_s: float = Field(
        default=3600, gt=0, description="chu kỳ xin dấu thời gian / how often a checkpoint is stamped"
    )
    timestamp_roots: Annotated[Path | None, EmptyIsNone] = Field(
        default=None, description="chứng thư gốc của nó (PEM) / its root certificates"
    )
