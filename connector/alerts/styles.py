"""What each style of receiver wants to be sent, and how it says that it took it. Pure."""

from collections.abc import Mapping
from typing import Any

from connector.alerts.letter import Letter, cut
from connector.strict_json import read

TEXT = "{text}"


def body_of(
    style: str,
    letter: Letter,
    *,
    to: str | None,
    most_chars: int,
    template: Mapping[str, Any],
    message_id: str,
) -> dict[str, Any]:
    """The JSON body of one message. The text is put into the finished structure: it cannot break out of it."""
    chat = cut(letter.chat, most_chars)
    match style:
        case "telegram":
            return {"chat_id": to, "text": chat, "disable_web_page_preview": True}
        case "zalo":
            return {"recipient": {"user_id": to}, "message": {"text": chat}}
        case "mattermost":
            return {"text": chat}
        case "template":
            filled: dict[str, Any] = _filled(dict(template), chat)
            return filled
        case _:
            return {"id": message_id, "subject": letter.subject, **letter.data}


def _filled(value: Any, text: str) -> Any:
    if isinstance(value, str):
        return value.replace(TEXT, text)
    if isinstance(value, dict):
        return {key: _filled(item, text) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(item, text) for item in value]
    return value


def refusal(style: str, content: bytes) -> str | None:
    """Why a receiver did not take it although it answered 200; None: it did. Telegram and Zalo answer so."""
    if style not in {"telegram", "zalo"}:
        return None
    try:
        told = read(content)
    except ValueError:
        return "no JSON"
    if not isinstance(told, dict):
        return "no JSON object"
    if style == "telegram":
        return None if told.get("ok") is True else f"error {told.get('error_code')}"
    return None if told.get("error") == 0 else f"error {told.get('error')}"
