"""Settings of the national portal: national-portal contract §10.2, and the three ways to reach the portal (§1).

Texts shown to an administrator are Vietnamese first, English second. Connection time-outs belong to the transport
section of the system, not here. Everything of §10 is our own profile, so names, words and codes are all settings.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from adapters.national_portal.profile import SERVICES, CodeList
from connector.sections.base import EmptyIsNone, Section

AGENCY_CODE = re.compile(r"[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.[A-Z][0-9]{2}|[A-Z][0-9]{2}(\.[0-9A-Z]+)*")
DSTCODE = re.compile(r"[A-Z]{2}:[A-Z]{3}:[^:\s]+:[^:\s]+")
MEBIBYTE = 1024 * 1024

Leg = Literal["login", "share", "integration", "file"]


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = "cần địa chỉ http(s) đầy đủ / needs a whole http(s) address"
        raise ValueError(msg)
    if parts.username or parts.password or parts.query or parts.fragment:
        msg = "địa chỉ không được chứa tài khoản, tham số hay '#' / no account, query or fragment in the address"
        raise ValueError(msg)
    return value.rstrip("/")


def _call_path(value: str) -> str:
    path = value.strip("/")
    if not path or "//" in path or "?" in path or ".." in path.split("/"):
        msg = "cần đường dẫn tương đối như mapi/g / needs a relative path like mapi/g"
        raise ValueError(msg)
    return path


def _agency(value: str) -> str:
    if len(value) > 35 or not AGENCY_CODE.fullmatch(value):
        msg = "không đúng dạng mã cơ quan, ví dụ 000.00.00.H56 / not an agency code such as 000.00.00.H56"
        raise ValueError(msg)
    return value


def _dstcode(value: str) -> str:
    if not DSTCODE.fullmatch(value):
        msg = "cần dạng quốc gia:lớp:cơ quan:hệ thống / needs country:class:agency:subsystem"
        raise ValueError(msg)
    return value


def _words(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or not all(word.strip() for word in value):
        msg = "danh sách từ không được trống / the list of words must not be empty or hold blanks"
        raise ValueError(msg)
    return value


BaseUrl = Annotated[str, AfterValidator(_base_url)]
CallPath = Annotated[str, AfterValidator(_call_path)]
AgencyCode = Annotated[str, AfterValidator(_agency)]
DstCode = Annotated[str, AfterValidator(_dstcode)]
Words = Annotated[tuple[str, ...], AfterValidator(_words)]


class DirectRoute(Section):
    """Own security server with its REST adapter (§1.1)."""

    kind: Literal["direct"] = "direct"


class LgspRoute(Section):
    """The province's WSO2 gateway in front of the adapter (§1.2): a client-credentials token on every call."""

    kind: Literal["lgsp"]
    token_url: BaseUrl
    consumer_key: str = Field(min_length=1)
    consumer_secret: SecretStr
    renew_before_s: float = Field(
        default=60, ge=0, description="xin thẻ mới trước khi hết hạn / renew before expiry"
    )


class FacadeRoute(Section):
    """A gateway with one address per service (§1.2): it owns login, session, madonvi and dstcode.

    Sent is only the ``data`` array; the single-case services of our profile send an array of one object. The token
    is either fixed (``bearer_token``) or fetched like that of :class:`LgspRoute`.
    """

    kind: Literal["facade"]
    base: BaseUrl
    bearer_token: Annotated[SecretStr | None, EmptyIsNone] = None
    token_url: Annotated[BaseUrl | None, EmptyIsNone] = None
    consumer_key: Annotated[str | None, EmptyIsNone] = None
    consumer_secret: Annotated[SecretStr | None, EmptyIsNone] = None
    renew_before_s: float = Field(default=60, ge=0)
    agency_parameter: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="tên tham số mang mã cơ quan / query parameter that carries the agency code"
    )
    file_service: str = Field(
        default="getfile", description="dịch vụ tải tệp / service that returns a file in base64"
    )

    @model_validator(mode="after")
    def _one_kind_of_token(self) -> "FacadeRoute":
        fetched = (self.token_url, self.consumer_key, self.consumer_secret)
        if (self.bearer_token is None) == (self.token_url is None):
            msg = "cần đúng một trong hai: bearer_token hoặc token_url / exactly one of bearer_token and token_url"
            raise ValueError(msg)
        if self.token_url is not None and None in fetched:
            msg = "token_url cần consumer_key và consumer_secret / token_url needs consumer_key and consumer_secret"
            raise ValueError(msg)
        return self


class WireCode(Section):
    """What one wire code of the portal means in the profile's numbering (§10.5)."""

    code: str = Field(min_length=1)
    verified: bool = False


class BatchLimits(Section):
    """Most items in one ``data[]`` (§10.1)."""

    ket_qua: int = Field(default=10, ge=1, le=10, description="số trả lời mỗi lần gọi / answers in a call")
    tien_do: int = Field(
        default=10, ge=1, le=10, description="số tiến độ mỗi lần gọi / progress rows in a call"
    )
    dong_bo: int = Field(default=1, ge=1, le=10, description="số hồ sơ mỗi lần đẩy / cases in a push")


class PushScope(Section):
    """Kinds of local cases that may be pushed up (§10.2); the mapping's policy may only narrow it."""

    quy_dinh: bool = Field(default=True, description="đẩy phản ánh về quy định / push regulation cases")
    hanh_vi: bool = Field(default=True, description="đẩy phản ánh về hành vi / push conduct cases")
    hien_truong: bool = Field(default=False, description="đẩy phản ánh hiện trường / push site reports")
    sang_kien: bool = Field(default=True, description="đẩy sáng kiến / push proposals")


class MessageWords(Section):
    """Words in ``message`` that tell one failure from another (§10.7), besides the four lists of §10.2."""

    session: Words = Field(
        default=("phiên làm việc", "hết hạn phiên", "phiên đăng nhập"),
        description="từ báo phiên hỏng / words of a dead session",
    )
    login_refused: Words = Field(
        default=("sai tài khoản", "sai mật khẩu", "hoặc mật khẩu", "tài khoản bị khóa"),
        description="từ báo sai tài khoản / words of a refused login",
    )
    absent: Words = Field(default=("không tồn tại",), description="từ báo không có / words of absence")
    wrong_state: Words = Field(
        default=("trạng thái hiện tại không cho phép",),
        description="từ báo sai trạng thái / words of a wrong state",
    )
    not_ours: Words = Field(
        default=("không có quyền", "không khớp với tài khoản"),
        description="từ báo không thuộc quyền / words of missing authority",
    )
    unknown_service: Words = Field(
        default=("dịch vụ không được hỗ trợ",), description="từ báo dịch vụ lạ / words of an unknown service"
    )
    invalid: Words = Field(
        default=("thiếu trường bắt buộc", "không hợp lệ", "vượt quá số bản ghi"),
        description="từ báo dữ liệu sai / words of bad input",
    )
    busy: Words = Field(
        default=("đang bận", "thử lại sau", "bảo trì", "quá tải"),
        description="từ báo bận / words of a busy portal",
    )


class NationalPortalSettings(Section):
    """Section ``systems.national_portal.adapter``."""

    route: Annotated[
        DirectRoute | LgspRoute | FacadeRoute,
        Field(discriminator="kind", description="đường tới cổng: direct | lgsp | facade / way to the portal"),
    ] = DirectRoute()
    adapter_base: Annotated[BaseUrl | None, EmptyIsNone] = Field(
        default=None,
        description="địa chỉ …/VXPAdapter/RestService/forward / base address of the REST adapter",
    )
    login_path: CallPath = Field(default="mapi/login", description="đường dẫn đăng nhập / path of login")
    share_path: CallPath = Field(
        default="mapi/g", description="đường dẫn dịch vụ chia sẻ / path of catalogue services"
    )
    integration_path: CallPath = Field(
        default="mapi/g", description="đường dẫn dịch vụ tích hợp / path of all other services"
    )
    dstcode: Annotated[DstCode | None, EmptyIsNone] = Field(
        default="VN:GOV:000.00.00.G22:vpcpdvcprovider",
        description="địa chỉ cổng trên trục / address of the portal on the exchange axis",
    )
    dstcode_in: Literal["header", "query", "none"] = Field(
        default="header", description="header | query | none"
    )
    dstcode_on: tuple[Leg, ...] = Field(
        default=("login", "share", "integration", "file"),
        description="những lần gọi mang dstcode / calls that carry it",
    )

    madonvi: AgencyCode = Field(description="mã đơn vị của ta / our agency code")
    username: Annotated[str | None, EmptyIsNone] = Field(
        default=None, description="để trống = mã đơn vị / empty = the agency code"
    )
    password: Annotated[SecretStr | None, EmptyIsNone] = Field(
        default=None, description="mật khẩu / password"
    )
    session_ttl_s: float = Field(default=540, gt=0, description="đăng nhập lại sau / log in again after")
    refusal_cooldown_s: float = Field(
        default=900,
        ge=0,
        description="không thử lại mật khẩu bị từ chối trong / a refused login is not tried again for",
    )
    login_pause_s: float = Field(
        default=5, ge=0, description="nghỉ sau lần đăng nhập hỏng / pause after a failed login"
    )

    services: Mapping[str, str] = Field(
        default_factory=dict, description="tên dịch vụ khác mặc định / other names"
    )
    fields: Mapping[str, Mapping[str, str]] = Field(
        default_factory=dict,
        description="theo dịch vụ: tên chuẩn -> tên trên dây / per service: our name -> wire name",
    )
    codes: Mapping[CodeList, Mapping[str, WireCode]] = Field(
        default_factory=dict, description="mã trên dây -> mã chuẩn / wire code -> code of the profile"
    )
    batch: BatchLimits = BatchLimits()
    batch_linger_ms: float = Field(
        default=5, ge=0, le=1000, description="chờ gom lô / how long a batch gathers"
    )
    page_size: int = Field(
        default=200, ge=1, description="số dòng mỗi trang lưu / rows stored in one transaction"
    )
    use_window: bool = Field(
        default=False, description="chỉ hỏi thay đổi từ mốc / ask only for changes since the watermark"
    )
    window_overlap_h: float = Field(
        default=24, ge=0, description="phần hỏi chồng lại (giờ) / overlap in hours"
    )

    success_words: Words = Field(default=("thành công",), description="từ báo thành công / words of success")
    failure_words: Words = Field(
        default=("không thành công", "chưa thành công"), description="từ báo thất bại / words of failure"
    )
    exists_words: Words = Field(default=("đã tồn tại",), description="từ báo đã có / words of existence")
    words: MessageWords = MessageWords()

    answer_date_form: Literal["yyyyMMddHHmmss", "dd/MM/yyyy"] = Field(
        default="yyyyMMddHHmmss", description="dạng ngày trả lời / form of the answer date"
    )
    download_base: Annotated[BaseUrl | None, EmptyIsNone] = Field(
        default=None, description="địa chỉ để cổng tải tệp của ta / where the portal fetches our files"
    )
    rebase_from_slash: Literal[3, 4] = Field(
        default=4, description="giữ đường dẫn từ dấu '/' thứ mấy / the path is kept from this '/' on (§2.4)"
    )
    max_file_bytes: int = Field(20 * MEBIBYTE, gt=0, description="tệp lớn nhất / largest file")
    allow_png: bool = Field(default=False, description="nhận tệp png / take png files")

    send_identity: Literal["none", "name_phone", "full"] = Field(
        default="none",
        description="none | name_phone | full: thông tin người gửi kèm hồ sơ đẩy lên / how much of the sender leaves",
    )
    push_scope: PushScope = PushScope()
    push_private: Literal["flag", "never"] = Field(
        default="flag", description="flag | never: hồ sơ giữ kín / private cases"
    )
    remote_idempotent: bool = Field(
        default=True, description="cổng nhận lặp không tác động / repeats have no effect there"
    )

    @property
    def login_name(self) -> str:
        """The account; by custom the agency code (§2.1)."""
        return self.username or self.madonvi

    def service(self, name: str) -> str:
        """The wire name of one of our services."""
        return self.services.get(name, SERVICES[name])

    @model_validator(mode="after")
    def _whole(self) -> "NationalPortalSettings":
        problems = [*self._route_problems(), *self._name_problems(), *self._code_problems()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _route_problems(self) -> list[str]:
        if self.route.kind == "facade":
            return []
        found = []
        if self.adapter_base is None:
            found.append("thiếu adapter_base / adapter_base is missing")
        if self.password is None:
            found.append("thiếu password / password is missing")
        if self.dstcode_in != "none" and self.dstcode is None:
            found.append("dstcode_in cần dstcode / dstcode_in needs a dstcode")
        return found

    def _name_problems(self) -> list[str]:
        unknown = sorted({*self.services, *self.fields} - set(SERVICES))
        found = [f"không có dịch vụ {name} / no service {name}" for name in unknown]
        names = [self.service(name) for name in SERVICES]
        found += [f"hai dịch vụ cùng tên {name} / two services named {name}" for name in _doubled(names)]
        for service, names_of in self.fields.items():
            wire = [name.upper() for name in names_of.values()]
            found += [f"fields.{service}: {name} lặp lại / {name} twice" for name in _doubled(wire)]
        return found

    def _code_problems(self) -> list[str]:
        found = []
        for name, entries in self.codes.items():
            meanings = [entry.code for entry in entries.values()]
            found += [
                f"codes.{name}: hai mã cùng nghĩa {code} / two codes mean {code}"
                for code in _doubled(meanings)
            ]
        return found


def _doubled(values: list[str]) -> list[str]:
    return sorted({value for value in values if values.count(value) > 1})
