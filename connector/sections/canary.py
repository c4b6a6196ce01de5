"""The section ``[canary]`` of the settings."""

from pydantic import Field

from connector.sections.base import Section


class CanarySettings(Section):
    """How the recorded contract with each system is watched (docs/contract-canary.md)."""

    enabled: bool = Field(
        default=True, description="so sánh hợp đồng theo lịch / compare contracts by schedule"
    )
    every_s: float = Field(
        default=86400, gt=0, description="chu kỳ so sánh / how often a system's contract is compared"
    )
    again_s: float = Field(
        default=900, gt=0, description="chu kỳ khi đang có điểm khác / how often while something differs"
    )
    least_percent: int = Field(
        default=20,
        ge=1,
        le=100,
        description="tỷ lệ hồ sơ tối thiểu cùng cho thấy một điểm khác / and so many in a hundred of those read",
    )
    sample: int = Field(
        default=200,
        ge=1,
        le=10_000,
        description="số bản ghi mới nhất được học / newest records that are learned from",
    )
    least_cases: int = Field(
        default=3,
        ge=1,
        description="số hồ sơ tối thiểu cùng cho thấy một điểm khác / so many cases must show a difference",
    )
