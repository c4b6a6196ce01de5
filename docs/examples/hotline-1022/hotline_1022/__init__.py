"""The hotline as a system of the connector: what the entry point names. Light to import."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connector.system import Plugin, Question, Surroundings, System

__all__ = ["HotlineSettings", "plugin"]


class HotlineSettings(BaseModel):
    """Section ``[systems.hotline_1022.adapter]``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(description="địa chỉ tổng đài / address of the hotline")
    api_key: SecretStr = Field(description="khóa truy cập / access key")
    page_size: int = Field(default=100, ge=1, le=1000, description="số phiếu mỗi lượt đọc / tickets a page")
    max_file_bytes: int = Field(default=20_971_520, ge=1, description="tệp lớn nhất / largest file")


def _build(settings: HotlineSettings, around: Surroundings) -> System:
    from hotline_1022.client import Hotline  # noqa: PLC0415  # only who really calls pays for it

    return Hotline(settings, around.http)


plugin = Plugin(
    name="hotline_1022",
    settings=HotlineSettings,
    build=_build,
    addresses=lambda settings: (settings.base_url,),
    questions=(Question(name="base_url"), Question(name="api_key")),
)
