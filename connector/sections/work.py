"""The section ``[work]`` of the settings."""

from pydantic import Field

from connector.sections.base import Section


class WorkSettings(Section):
    """How work is cut, clocked and stopped. Seconds unless named otherwise."""

    lanes: int = Field(default=64, ge=1, le=1024, description="số làn xử lý mỗi luồng / lanes per flow")
    slice_cases: int = Field(default=200, ge=1, description="số hồ sơ tối đa mỗi lượt / most cases a slice")
    slice_s: float = Field(default=10, gt=0, description="thời gian tối đa mỗi lượt / longest slice")
    sweep_every_s: float = Field(
        default=10, gt=0, description="chu kỳ quét việc đến hạn / how often due work is woken"
    )
    worker_concurrency: int = Field(
        default=4, ge=1, description="số việc song song mỗi hàng đợi / jobs at a time per queue"
    )
    stop_grace_s: float = Field(
        default=30, gt=0, description="thời gian hoàn tất khi dừng / time to finish on SIGTERM"
    )
    backoff_first_s: float = Field(
        default=15, gt=0, description="lần chờ thử lại đầu tiên / first wait before a retry"
    )
    backoff_most_s: float = Field(
        default=3600, gt=0, description="lần chờ dài nhất / longest wait before a retry"
    )
    most_attempts: int = Field(
        default=300,
        ge=1,
        description="số lần thử tối đa trước khi chờ người / most attempts of a write before a person is asked",
    )
    give_up_after_s: float = Field(
        default=604800,
        gt=0,
        description="thời gian thử tối đa trước khi chờ người / longest trying before a person is asked",
    )
    settling_s: float = Field(
        default=20,
        ge=0,
        description="chờ trước khi tra cứu kết quả chưa rõ / wait before an unknown outcome is looked up",
    )
    mappings_every_s: float = Field(
        default=5,
        ge=0,
        description="chu kỳ xem tệp ánh xạ có sửa không; 0 = chỉ khi khởi động / how often changed mapping files are looked for; 0 = at the start only",
    )
    heartbeat_s: float = Field(default=10, gt=0, description="nhịp sống của tiến trình / worker heartbeat")
    stalled_after_s: float = Field(default=30, gt=0, description="coi là chết sau / a worker is dead after")
