"""``phanhoi-verify``: checks an export of the log offline, for somebody who does not trust whoever made it.

A package of its own: the standard library, ``cryptography``, and three small modules of the log. It reads no settings,
no database, no network, and nothing of what it reads is run. See ``docs/verify.md``.
"""
