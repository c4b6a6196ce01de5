"""A real provider of single sign-on as a process: Django with django-oauth-toolkit, which provinces run in earnest.

``python sso_provider.py FOLDER PORT``: reads ``provider.json`` (client, redirect addresses) and ``people.json`` there, the
latter anew for each token, prints ``ready PORT`` and serves until it is ended.
"""

import json
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

FOLDER, PORT = (Path(sys.argv[1]), int(sys.argv[2])) if __name__ == "__main__" else (Path(), 0)

PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>Cổng đăng nhập mẫu</title>
<style>body{font:16px/1.6 sans-serif;max-width:24rem;margin:10vh auto}input,button{display:block;width:100%;padding:.5rem;margin:.3rem 0 1rem}</style>
<h1>Cổng đăng nhập mẫu</h1><form method="post">{% csrf_token %}
<label>Tên đăng nhập <input name="username"></label><label>Mật khẩu <input name="password" type="password"></label>
<input type="hidden" name="next" value="{{ next }}"><button>Đăng nhập</button>{{ form.non_field_errors }}</form>"""


def key_of(folder: Path) -> str:
    """Its signing key; another one as soon as the file is taken away and the process started anew."""
    path = folder / "key.pem"
    if not path.exists():
        fresh = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        path.write_bytes(
            fresh.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return path.read_text()


def configure() -> dict[str, Any]:
    from django.conf import settings

    given: dict[str, Any] = json.loads((FOLDER / "provider.json").read_text())
    apps = ("auth", "contenttypes", "sessions")
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(FOLDER / "provider.db")}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[*(f"django.contrib.{name}" for name in apps), "oauth2_provider"],
        LOGIN_URL="/login/",
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        MIGRATION_MODULES=dict.fromkeys((*apps, "oauth2_provider")),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": key_of(FOLDER),
            "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.claims_validator",
            "PKCE_REQUIRED": True,
            "SCOPES": {"openid": "openid", "profile": "profile"},
        },
        ROOT_URLCONF=__name__,
        SECRET_KEY="chỉ để thử",
        SESSION_COOKIE_NAME="provider_session",
        CSRF_COOKIE_NAME="provider_csrf",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        ("django.template.loaders.locmem.Loader", {"registration/login.html": PAGE}),
                        "django.template.loaders.app_directories.Loader",
                    ]
                },
            }
        ],
        USE_TZ=True,
    )
    return given


def people() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((FOLDER / "people.json").read_text())
    return found


def __getattr__(name: str) -> Any:
    """The class that tells claims, made only once Django is up: it asks for it by this name."""
    if name != "claims_validator":
        raise AttributeError(name)
    from oauth2_provider.oauth2_validators import OAuth2Validator

    class Claims(OAuth2Validator):
        oidc_claim_scope = None

        def get_additional_claims(self, request: Any) -> dict[str, Any]:
            own = {key: value for key, value in people()[request.user.username].items() if key != "password"}
            return {"preferred_username": request.user.username, **own}

    return Claims


def urls() -> list[Any]:
    from django.contrib.auth.views import LoginView
    from django.urls import include, path

    return [
        path("login/", LoginView.as_view()),
        path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    ]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


def main() -> None:
    given = configure()
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from oauth2_provider.models import get_application_model

    global urlpatterns  # noqa: PLW0603  # where Django looks for them
    urlpatterns = urls()
    if not (FOLDER / "provider.db").exists():
        call_command("migrate", run_syncdb=True, verbosity=0)
        for name, one in people().items():
            get_user_model().objects.create_user(name, password=one["password"])
        get_application_model().objects.create(
            client_id=given["client_id"],
            client_secret=given["client_secret"],
            client_type="confidential",
            authorization_grant_type="authorization-code",
            redirect_uris=f"{given['console_url']}/login/sso/back",
            post_logout_redirect_uris=f"{given['console_url']}/login",
            algorithm="RS256",
            skip_authorization=True,
            name="Bảng điều hành",
        )
    with make_server("127.0.0.1", PORT, get_wsgi_application(), Server, Quiet) as server:
        print("ready", server.server_port, flush=True)  # noqa: T201  # whoever started it waits for this
        server.serve_forever()


urlpatterns: list[Any] = []

if __name__ == "__main__":
    main()
