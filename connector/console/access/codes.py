"""One-time codes (TOTP, RFC 6238): six digits, thirty seconds, one step of tolerance either way."""

import io
from datetime import datetime

import pyotp
import segno

ISSUER = "phanhoi"
STEP_S = 30


def new_secret() -> str:
    """A fresh secret, in base32."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is; None if it is not one of now, the step before or the step after."""
    typed = "".join(code.split())
    if not (typed.isascii() and typed.isdigit() and len(typed) == 6):
        return None
    current = int(now.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret)
    found = [step for step in (current - 1, current, current + 1) if _same(totp, step, typed)]
    return found[0] if found else None


def _same(totp: pyotp.TOTP, step: int, typed: str) -> bool:
    return pyotp.utils.strings_equal(totp.generate_otp(step), typed)


def address(secret: str, account: str) -> str:
    """What an authenticator application reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def picture(secret: str, account: str) -> str:
    """The same as a QR code: an SVG element without any inline style."""
    out = io.BytesIO()
    segno.make(address(secret, account), error="m").save(
        out, kind="svg", xmldecl=False, svgns=True, border=2, svgclass="qr", lineclass=None, omitsize=True
    )
    return out.getvalue().decode()
