"""How one twin is set up; fixed for its life."""

from dataclasses import dataclass, field
from pathlib import Path

FIRST_CASE = 900_000_000
FIRST_ANSWER = 700_000


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Start settings.

    Attributes:
        agency: the main account's agency code; also its user name. Every active agency of the catalogue has an
            account of the same kind, so that a receiver of transfers can be played too.
        password, other_passwords: of all accounts; which are valid now is a switch.
        prefix: path in front of ``mapi/…`` and of the files, e.g. ``/VXPAdapter/RestService/forward``.
        dstcode: if set, every call must name it in the header or the query ``dstcode``.
        share_path, integration_path: where catalogues and everything else are answered; may be the same.
        fetch_hosts: hosts besides 127.0.0.1 from which announced files may be fetched.
        fetch_map: foreign host → base address of the adapter that leads to it, as a security server would.
        file_base: what stands before ``/tep/<id>`` in the file addresses handed out: a foreign host, to be re-based.
        catalogue: extra agencies and fields.
        consumer: "key:secret" of a WSO2 gateway in front; None for none. token_life_s: of its tokens.
        facade: one address per service, ``/KetNoiMotCuaQuocGia/<service>``, is served as well.
    """

    agency: str = "000.00.00.H56"
    password: str = field(default="mat-khau-mau", repr=False)
    other_passwords: tuple[str, ...] = field(default=(), repr=False)
    seed: int = 1
    prefix: str = ""
    dstcode: str | None = None
    login_path: str = "mapi/login"
    share_path: str = "mapi/g"
    integration_path: str = "mapi/g"
    fetch_hosts: tuple[str, ...] = ()
    fetch_map: dict[str, str] = field(default_factory=dict)
    file_base: str = "http://provider.example"
    catalogue: Path | None = None
    consumer: str | None = field(default=None, repr=False)
    token_life_s: float = 3600.0
    facade: bool = False
