"""Settings of the Government Portal adapter: all that may differ at the real portal (government-portal contract §9).

Texts shown to an administrator are Vietnamese first, English second. Connection time-outs and the list of hosts that
may be called without TLS belong to the transport section of the system.
"""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from connector.sections.base import EmptyIsNone, Section

Auth = Literal["wss_digest", "wss_text", "basic", "token_header"]
SubmitterField = Literal["FullName", "Address", "Phone", "Email"]

MEBIBYTE = 1024 * 1024
FEEDBACK_NS = "urn:govportal:feedback:1"
PARTY_NS = "http://www.mic.gov.vn/TBT/QCVN_102_2016"


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.fragment:
        msg = "cần địa chỉ http(s) đầy đủ, không kèm tài khoản / needs a whole http(s) address without an account"
        raise ValueError(msg)
    return value


class AttachmentSettings(Section):
    """What files may pass (§8.5). Sizes in bytes."""

    extensions: tuple[str, ...] = Field(
        default=("jpg", "jpeg", "pdf", "doc", "docx", "xls", "xlsx"),
        description="đuôi tệp được nhận; thêm png nếu cổng cho phép / allowed extensions; add png if the portal takes it",
    )
    max_file_bytes: int = Field(default=20 * MEBIBYTE, gt=0, description="tệp lớn nhất / largest file")
    inline_max_bytes: int = Field(
        default=MEBIBYTE,
        ge=0,
        description="tệp lớn hơn thì tải lên từng phần / larger files are uploaded in chunks",
    )
    inline_total_bytes: int = Field(
        default=4 * MEBIBYTE,
        ge=0,
        description="tổng dung lượng kèm trong một thông điệp / inline bytes of one message",
    )
    chunk_bytes: int = Field(
        default=MEBIBYTE, ge=1024, le=7 * MEBIBYTE, description="kích thước mỗi phần / size of a chunk"
    )
    hosts: tuple[str, ...] = Field(
        default=(),
        description="máy chủ khác được tải tệp theo Uri: tên hoặc tên:cổng / further hosts whose file addresses may be fetched: host or host:port",
    )


class WireLimits(Section):
    """Bounds of what is read and sent. Every text of one XML node is bounded to 10 MB by the parser anyway."""

    max_message_bytes: int = Field(
        default=32 * MEBIBYTE, gt=0, description="thông điệp lớn nhất / largest message"
    )
    max_depth: int = Field(default=32, ge=12, le=200, description="độ sâu XML / nesting of elements")
    max_elements: int = Field(default=500_000, ge=100, description="số phần tử XML / elements in a message")


class GovernmentPortalSettings(Section):
    """Section ``systems.government_portal.adapter``."""

    endpoint: Annotated[str, AfterValidator(_address)] = Field(
        description="địa chỉ dịch vụ SOAP / service address"
    )
    system_id: str = Field(min_length=1, description="tài khoản hệ thống / account of our system (Username)")
    password: SecretStr = Field(description="mật khẩu hoặc thẻ truy cập / password or token")
    organ_id: str = Field(
        min_length=1, max_length=64, description="mã cơ quan của ta / our agency code (From)"
    )
    organ_name: Annotated[str | None, EmptyIsNone] = Field(
        default=None, max_length=500, description="tên cơ quan của ta / our agency name"
    )
    portal_organ_id: str = Field(
        default="000.00.00.G22", min_length=1, max_length=64, description="mã bên nhận / To"
    )
    portal_organ_name: Annotated[str | None, EmptyIsNone] = Field(
        default=None, max_length=500, description="tên bên nhận / name of the portal side"
    )

    soap_version: Literal["1.1", "1.2"] = Field(default="1.1", description="phiên bản SOAP / SOAP version")
    auth: Auth = Field(default="wss_digest", description="cách xác thực / form of authentication (§8.2)")
    ttl_s: int = Field(
        default=300, ge=30, le=300, description="hạn của dấu thời gian / life of our wsu:Timestamp"
    )
    skew_s: int = Field(
        default=60, ge=0, le=600, description="độ lệch đồng hồ cho phép / tolerated clock skew"
    )
    require_answer_timestamp: bool = Field(
        default=False,
        description="từ chối trả lời không có dấu thời gian / refuse answers without a Timestamp",
    )

    namespace: str = Field(
        FEEDBACK_NS, min_length=1, description="không gian tên của hợp đồng / contract namespace"
    )
    party_namespace: str = Field(
        PARTY_NS, min_length=1, description="không gian tên của các bên / namespace of the party vocabulary"
    )
    lenient_namespaces: bool = Field(
        default=False,
        description="đọc theo tên, bỏ qua không gian tên / read answers by local names (never in production)",
    )
    soap_action_base: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="để trống = không gian tên + '/' / empty = namespace + '/'"
    )
    soap_actions: Mapping[str, str] = Field(
        default_factory=dict, description="SOAPAction riêng / by operation"
    )

    describes: bool = Field(
        default=True,
        description="cổng công bố WSDL tại địa chỉ dịch vụ / the portal serves its WSDL at the endpoint",
    )
    submitter_required: tuple[SubmitterField, ...] = Field(
        default=(),
        description="thông tin người gửi phải có khi nộp hộ / sender fields that SubmitCase must carry",
    )
    attachments: AttachmentSettings = AttachmentSettings()
    limits: WireLimits = WireLimits()
    max_items: int = Field(
        default=50, ge=1, le=100, description="số mục mỗi trang hàng đợi / queue items a page"
    )
    concurrency: int = Field(default=4, ge=1, le=32, description="số lời gọi song song / calls at a time")
    read_tries: int = Field(
        default=3, ge=1, le=5, description="số lần thử khi đọc / tries of a read within one call"
    )
    poison_passes: int = Field(
        default=3,
        ge=1,
        description="số lượt đọc hỏng trước khi cách ly một mục / passes until a broken item is set aside",
    )

    def action(self, operation: str) -> str:
        """The SOAPAction of an operation (§8.1)."""
        base = f"{self.namespace}/" if self.soap_action_base is None else self.soap_action_base
        return self.soap_actions.get(operation, f"{base}{operation}")

    @model_validator(mode="after")
    def _secrets_need_tls(self) -> "GovernmentPortalSettings":
        parts = urlsplit(self.endpoint)
        if self.auth != "wss_digest" and parts.scheme != "https" and not _loopback(parts.hostname or ""):
            msg = f"auth={self.auth} chỉ dùng với https / auth={self.auth} sends the secret itself and needs https"
            raise ValueError(msg)
        return self


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
