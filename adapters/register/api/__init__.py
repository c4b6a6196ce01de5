"""The REST API of the register: how channels, officials, the connector and readers come in."""

from adapters.register.api.application import create_app, openapi_document

__all__ = ["create_app", "openapi_document"]
