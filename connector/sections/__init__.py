"""The sections of the settings: each setting with its default, its bounds and what it means, Vietnamese first.

Read by :mod:`connector.settings`; a test holds ``docs/settings.md`` to them.
"""
