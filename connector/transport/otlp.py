"""The way of traces out of the program: OTLP over HTTP, in a thread of its own that nothing waits for.

The exporter is OpenTelemetry's (optional extra ``otel``); a receiver that is away costs spans, never work.
"""

from importlib.metadata import version

from connector.errors import SettingsError
from connector.sections.observability import ObservabilitySettings
from connector.telemetry.tracer import Untraced

QUEUE = 4096
"""So many spans wait at most; what comes then is dropped."""
SEND_EVERY_MS = 5000
TIMEOUT_S = 10


def tracer(own: ObservabilitySettings, *, installation: str, node: str) -> Untraced:
    """What the settings ask for: a tracer that sends to ``observability.traces_url``, or one that tells nobody.

    Raises:
        SettingsError: traces are wanted, and the extra ``otel`` is not installed.
    """
    if own.traces_url is None:
        return Untraced()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415  # optional, as above

        from connector.telemetry.spans import Traced  # noqa: PLC0415  # needs the same extra
    except ImportError:
        msg = "observability.traces_url is set, but OpenTelemetry is not installed: pip install 'phanhoi-connector[otel]'"
        raise SettingsError(msg) from None
    token = own.traces_token.get_secret_value() if own.traces_token is not None else None
    headers = {"authorization": f"Bearer {token}"} if token else {}
    exporter = OTLPSpanExporter(endpoint=own.traces_url, headers=headers, timeout=TIMEOUT_S)
    processor = BatchSpanProcessor(
        exporter,
        max_queue_size=QUEUE,
        schedule_delay_millis=SEND_EVERY_MS,
        export_timeout_millis=TIMEOUT_S * 1000,
    )
    return Traced(
        processor,
        installation=installation,
        node=node,
        version=version("phanhoi-connector"),
        share=own.traces_share,
    )
