"""What personal data looks like in free text: the patterns that the log's mask and the redaction assistant share. Pure."""

import re

EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*")
"""An e-mail address; the part before the sign has at most 64 characters (RFC 5321), which keeps the search linear."""

CASE_CODE = re.compile(r"\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2,3}(?:-\d{6}-\d{5})?")
"""Our own case codes, whose digits are nobody's data."""
