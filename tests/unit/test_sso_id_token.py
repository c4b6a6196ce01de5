"""An ID token is taken only if everything about it holds, and refused for the reason that it does not."""

import base64
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from connector.errors import SsoRefused
from connector.sso.id_token import Asked, UnknownKey, check, read_keys

ISSUER, CLIENT, NONCE = "https://dang-nhap.example/realm", "phanhoi", "n-0S6_WzA2Mj"
ASKED = Asked(issuer=ISSUER, client_id=CLIENT, nonce=NONCE)
NOW = datetime(2026, 11, 18, 1, tzinfo=UTC)
AT = int(NOW.timestamp())
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "rsa-1"})
KEYS = read_keys({"keys": [RSA.as_dict(private=False), EC.as_dict(private=False)]})

# the example of OpenID Connect Core, appendix A.3
ACCESS, AT_HASH = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "77QmUPtjPfzWtF2AnpK9RQ"


def claims(**other: Any) -> dict[str, Any]:
    good = {"iss": ISSUER, "aud": CLIENT, "sub": "24400320", "nonce": NONCE, "iat": AT, "exp": AT + 300}
    return {name: value for name, value in {**good, **other}.items() if value is not ...}


def signed(told: dict[str, Any], key: RSAKey | ECKey = RSA, **header: Any) -> str:
    alg = "RS256" if isinstance(key, RSAKey) else "ES256"
    head = {"alg": alg, "kid": key.kid, **header}
    return jws.serialize_compact({k: v for k, v in head.items() if v is not ...}, json.dumps(told), key)


def b64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def why(token: str, access_token: str | None = ACCESS) -> str:
    with pytest.raises(SsoRefused) as told:
        check(token, KEYS, ASKED, access_token=access_token, now=NOW)
    assert told.value.code == "PH-831"
    return str(told.value.detail["why"])


@pytest.mark.parametrize("key", [RSA, EC], ids=["RS256", "ES256"])
def test_a_token_that_answers_what_was_asked_is_taken(key: RSAKey | ECKey) -> None:
    told = check(signed(claims(at_hash=AT_HASH), key), KEYS, ASKED, access_token=ACCESS, now=NOW)
    assert told["sub"] == "24400320"


def test_a_token_for_several_is_taken_if_it_was_made_for_us() -> None:
    token = signed(claims(aud=[CLIENT, "khac"], azp=CLIENT))
    assert check(token, KEYS, ASKED, access_token=None, now=NOW)["azp"] == CLIENT


def test_a_token_without_a_key_id_is_tried_with_every_key_of_its_kind() -> None:
    assert check(signed(claims(), kid=...), KEYS, ASKED, access_token=None, now=NOW)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"nonce": "khác"}, "nonce"),
        ({"nonce": ...}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"iss": "https://dang-nhap.example/realm/"}, "issuer"),
        ({"iss": ...}, "issuer"),
        ({"aud": "khac"}, "audience"),
        ({"aud": ["khac"]}, "audience"),
        ({"aud": []}, "audience"),
        ({"aud": ...}, "audience"),
        ({"aud": {CLIENT: 1}}, "audience"),
        ({"aud": [CLIENT, "khac"]}, "audience"),
        ({"azp": "khac"}, "audience"),
        ({"sub": ...}, "subject"),
        ({"sub": ""}, "subject"),
        ({"sub": 7}, "subject"),
        ({"sub": "a\u202eb"}, "subject"),
        ({"exp": AT - 61}, "expired"),
        ({"exp": AT - 60}, "expired"),
        ({"exp": ...}, "time"),
        ({"exp": "9999999999"}, "time"),
        ({"exp": True}, "time"),
        ({"exp": float("nan")}, "time"),
        ({"exp": float("inf")}, "time"),
        ({"iat": ...}, "time"),
        ({"iat": AT + 61}, "time"),
        ({"iat": AT - 24 * 3600 - 1}, "time"),
        ({"nbf": AT + 61}, "time"),
        ({"at_hash": AT_HASH[::-1]}, "at_hash"),
        ({"at_hash": 1}, "at_hash"),
    ],
)
def test_a_token_that_does_not_answer_what_was_asked_is_refused(other: dict[str, Any], reason: str) -> None:
    assert why(signed(claims(**other))) == reason


def test_the_clocks_may_differ_by_a_minute_and_no_more() -> None:
    for other in ({"exp": AT - 59}, {"iat": AT + 60}, {"nbf": AT + 60}):
        assert check(signed(claims(**other)), KEYS, ASKED, access_token=None, now=NOW)


def test_a_hash_of_an_access_token_that_did_not_come_is_refused() -> None:
    assert why(signed(claims(at_hash=AT_HASH)), access_token=None) == "at_hash"


def test_a_token_without_a_signature_is_refused() -> None:
    for alg in ("none", "None", "NONE", ""):
        assert why(f"{b64({'alg': alg})}.{b64(claims())}.") == "algorithm"


def test_a_public_key_is_no_shared_secret() -> None:
    """HS256 with the published key as the secret (CVE-2015-9235 and its many heirs)."""
    public = RSA.as_pem(private=False)
    for secret in (public, public.strip(), json.dumps(RSA.as_dict(private=False)).encode()):
        talk = f"{b64({'alg': 'HS256', 'kid': 'rsa-1'})}.{b64(claims())}"
        forged = base64.urlsafe_b64encode(hmac.digest(secret, talk.encode(), "sha256")).rstrip(b"=").decode()
        assert why(f"{talk}.{forged}") == "algorithm"


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256", "EdDSA", "ES384", "HS512", 7, None])
def test_no_other_algorithm_is_read(alg: object) -> None:
    whole = signed(claims())
    assert why(f"{b64({'alg': alg, 'kid': 'rsa-1'})}.{whole.split('.', 1)[1]}") == "algorithm"


def test_a_key_of_one_kind_does_not_verify_the_other_algorithm() -> None:
    assert why(f"{b64({'alg': 'ES256', 'kid': 'rsa-1'})}.{signed(claims()).split('.', 1)[1]}") == "key"


def test_a_header_that_must_be_understood_is_not_passed_over() -> None:
    whole = signed(claims())
    for more in ({"crit": ["b64"], "b64": False}, {"b64": False}):
        head = b64({"alg": "RS256", "kid": "rsa-1", **more})
        assert why(f"{head}.{whole.split('.', 1)[1]}") == "algorithm"


def test_another_key_of_the_same_name_is_refused_and_a_new_name_asks_for_the_keys_anew() -> None:
    assert why(signed(claims(), OTHER)) == "signature"
    with pytest.raises(UnknownKey):
        check(signed(claims(), kid="rsa-2"), KEYS, ASKED, access_token=None, now=NOW)


def test_a_key_in_the_tokens_own_header_is_not_believed() -> None:
    thief = RSAKey.generate_key(2048)
    token = jws.serialize_compact(
        {"alg": "RS256", "kid": "rsa-1", "jwk": thief.as_dict(private=False)}, json.dumps(claims()), thief
    )
    assert why(token) == "signature"


@pytest.mark.parametrize("payload", [b"[]", b"1", b"{", "\ud800".encode("utf-8", "surrogatepass")])
def test_a_payload_that_is_no_object_is_refused(payload: bytes) -> None:
    assert why(jws.serialize_compact({"alg": "RS256", "kid": "rsa-1"}, payload, RSA)) == "signature"


@given(st.text(max_size=200) | st.text("abcAB12._-=", max_size=200))
def test_whatever_comes_is_refused_in_words(token: str) -> None:
    assert why(token) in {"form", "algorithm", "key", "signature"}


def test_a_token_of_any_length_is_not_read() -> None:
    assert why(signed(claims(more="x" * 20_000))) == "form"


def test_weak_keys_and_keys_for_other_uses_are_not_keys() -> None:
    public = RSA.as_dict(private=False)
    small = ECKey.generate_key("P-384").as_dict(private=False)
    told = {
        "keys": [
            {**public, "use": "enc"},
            small,
            {"kty": "oct", "k": "AAAA"},
            {"kty": "lạ"},
            7,
            {"kty": "RSA"},
        ]
    }
    assert read_keys(told) == ()
    with pytest.raises(ValueError, match="JWK set"):
        read_keys([public])
