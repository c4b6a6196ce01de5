"""The section ``[gateway]`` of the settings."""

from typing import Annotated

from pydantic import Field

from connector.sections.base import EmptyIsNone, Section


class GatewaySettings(Section):
    """Where portals fetch the files that we send by reference."""

    host: str = Field(default="127.0.0.1", description="địa chỉ lắng nghe / address to listen on")
    port: int = Field(default=8090, ge=0, le=65535, description="cổng; 0 = tự chọn / port; 0 = any free")
    public_base: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="địa chỉ mà cổng quốc gia tải tệp / base address as the portal reaches it"
    )
    ticket_ttl_s: float = Field(
        default=86400, gt=0, description="hạn của đường dẫn tải tệp / life of a file address"
    )
