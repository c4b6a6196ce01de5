"""The sections ``[privacy]`` and ``[retention]`` of the settings."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, model_validator

from connector.sections.base import Days, EmptyIsNone, Section


class RetentionSettings(Section):
    """How long what is kept for how long after a case is over (docs/retention.md). Days; empty = kept until set."""

    enabled: bool = Field(
        default=False, description="tự xóa theo lịch (cần basis) / purge by schedule (needs basis)"
    )
    basis: Annotated[str | None, EmptyIsNone] = Field(
        default=None,
        max_length=200,
        description="số văn bản quy định thời hạn lưu / number of the decision that sets these periods",
    )
    every_s: float = Field(default=86400, gt=0, description="chu kỳ xóa theo lịch / how often it purges")
    superseded_observations_days: Days = Field(
        default=365, description="bản gốc đã có bản mới hơn / raw tellings that a newer one superseded"
    )
    observations_days: Days = Field(default=1825, description="bản gốc đã đọc / raw tellings")
    deliveries_days: Days = Field(
        default=365, description="nội dung các lệnh gửi đã xong / what remains of finished writes"
    )
    openings_days: Days = Field(
        default=1825,
        description="giá trị mà nhật ký cam kết / what the log's commitments open to",
    )
    previews_days: Days = Field(
        default=365,
        description="giá trị cũ, mới trong kế hoạch đã xong / old and new values in plans that ended",
    )
    findings_days: Days = Field(
        default=365,
        description="ghi chú của chênh lệch đã hết / notes on differences that are gone",
    )
    quarantine_days: Days = Field(
        default=365, description="lý do của mục đã xử lý / reasons of items that were dealt with"
    )
    file_tickets_days: Days = Field(
        default=1, description="đường dẫn tệp đã hết hạn / expired addresses of files"
    )
    jobs_days: Days = Field(default=30, description="tham số công việc đã xong / arguments of finished jobs")
    runs_days: Days = Field(default=365, description="nhật ký các lượt chạy / the passes")
    exports_days: Days = Field(default=90, description="tệp đã kết xuất / exported files")
    contacts_days: Days = Field(
        default=None, description="hủy khóa thông tin người gửi / the senders' data: their keys are destroyed"
    )
    case_files_days: Days = Field(
        default=None, description="hủy khóa toàn bộ hồ sơ / whole cases: their keys are destroyed"
    )
    exports_folder: Annotated[Path | None, EmptyIsNone] = Field(
        default=None, description="thư mục chứa tệp kết xuất / folder of exported files"
    )
    vacuum_full: bool = Field(
        default=False,
        description="ghi lại bảng sau khi xóa, khóa bảng / write tables anew after a purge; locks them",
    )

    def days(self, name: str) -> int | None:
        """The period of a class; None: kept until an official sets one."""
        found: int | None = getattr(self, f"{name}_days")
        return found

    @model_validator(mode="after")
    def _schedule_needs_basis(self) -> "RetentionSettings":
        if self.enabled and self.basis is None:
            msg = "enabled cần basis: số văn bản quy định thời hạn lưu / a purge by schedule needs its basis"
            raise ValueError(msg)
        return self


class PrivacySettings(Section):
    """The master keys, by which everything about a case is sealed in the database. One of the two is needed."""

    master_keys_file: Annotated[Path | None, EmptyIsNone] = Field(
        default=None, description="tệp khóa chủ (`phanhoi keys create`) / file of the master keys"
    )
    master_keys: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None, description="khóa chủ, là bí mật; thay cho tệp / the keys' text, instead of a file"
    )
