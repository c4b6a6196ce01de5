"""The sections ``[reconcile]`` and ``[resync]`` of the settings."""

from pydantic import Field

from connector.sections.base import Section


class ResyncSettings(Section):
    """Plans of a resync: from what size on a second person approves, and how long a preview is worth something."""

    approve_cases: int = Field(
        default=20,
        ge=0,
        description="trên số hồ sơ này cần người thứ hai duyệt / above so many cases approved",
    )
    approve_writes: int = Field(
        default=50,
        ge=0,
        description="trên số lệnh gửi này cần người thứ hai duyệt / above so many writes approved",
    )
    valid_s: float = Field(
        default=86400, gt=0, description="hạn của bản xem trước / how long a preview may be carried out"
    )
    most_cases: int = Field(
        default=5000, ge=1, description="số hồ sơ tối đa một kế hoạch / most cases of a plan"
    )
    most_attempts: int = Field(
        default=360, ge=1, description="số lần đọc lại một hồ sơ / attempts to read a case before it fails"
    )


class ReconcileSettings(Section):
    """The scheduled comparison of the systems with each other. Seconds."""

    enabled: bool = Field(default=True, description="đối soát theo lịch / reconcile by the clock")
    every_s: float = Field(
        default=3600, gt=0, description="chu kỳ đối soát phần thay đổi / how often changes are compared"
    )
    full_every_s: float = Field(
        default=604800, gt=0, description="chu kỳ đối soát toàn bộ / how often everything is compared"
    )
    grace_s: float = Field(
        default=3600,
        ge=0,
        description="chênh lệch mới hơn mức này là đang xử lý / a younger difference is under way, no alarm",
    )
    urgent_s: float = Field(
        default=172800,
        ge=0,
        description="mức khẩn khi còn ít hơn trước hạn / a finding is urgent when less is left to its deadline",
    )
    slice_cases: int = Field(
        default=500,
        ge=1,
        description="số hồ sơ mỗi bước, dừng được ở giữa / cases a step; it can stop between two",
    )
