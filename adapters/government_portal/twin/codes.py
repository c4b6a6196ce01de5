"""Error codes of the contract (government-portal contract §8.7)."""

from enum import StrEnum


class ReportCode(StrEnum):
    """Business errors: told in the Report of a normal answer."""

    REQUIRED = "REQUIRED"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    INVALID_VALUE = "INVALID_VALUE"
    TYPE_MISMATCH = "TYPE_MISMATCH"
    NOT_AUTHORIZED_FOR_CASE = "NOT_AUTHORIZED_FOR_CASE"
    SENDER_MISMATCH = "SENDER_MISMATCH"
    UNKNOWN_ORGAN = "UNKNOWN_ORGAN"
    UNKNOWN_CASE = "UNKNOWN_CASE"
    DUPLICATE = "DUPLICATE"
    STATE_CONFLICT = "STATE_CONFLICT"
    DEADLINE_RULE = "DEADLINE_RULE"
    ATTACHMENT_TYPE = "ATTACHMENT_TYPE"
    ATTACHMENT_HASH = "ATTACHMENT_HASH"
    ATTACHMENT_MISSING = "ATTACHMENT_MISSING"
    ATTACHMENT_INFECTED = "ATTACHMENT_INFECTED"


class FaultCode(StrEnum):
    """Technical errors: told in a SOAP Fault."""

    FAILED_AUTHENTICATION = "wsse:FailedAuthentication"
    INVALID_SECURITY = "wsse:InvalidSecurity"
    INVALID_SECURITY_TOKEN = "wsse:InvalidSecurityToken"  # noqa: S105 - the name of an error
    MESSAGE_EXPIRED = "wsse:MessageExpired"
    FAILED_CHECK = "wsse:FailedCheck"
    MALFORMED_XML = "MALFORMED_XML"
    SCHEMA_INVALID = "SCHEMA_INVALID"
    UNKNOWN_OPERATION = "UNKNOWN_OPERATION"
    UNSUPPORTED_VERSION = "UNSUPPORTED_VERSION"
    TOO_LARGE = "TOO_LARGE"
    BUSY = "BUSY"
    INTERNAL = "INTERNAL"
    DOWNSTREAM_UNAVAILABLE = "DOWNSTREAM_UNAVAILABLE"

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later; then it is the server's fault."""
        return self in (FaultCode.BUSY, FaultCode.INTERNAL, FaultCode.DOWNSTREAM_UNAVAILABLE)
