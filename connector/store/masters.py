"""The master keys as a process holds them; what they wrap lies in :mod:`connector.store.vault`."""

from collections.abc import Callable

from connector.sealing import CaseKey, MasterKeys, Wrapped


class Vault:
    """The master keys of this process. They are read again when a key turns up that a newer one wraps (rotation)."""

    def __init__(self, load: Callable[[], MasterKeys]) -> None:
        self._load = load
        self.masters = load()

    def unwrap(self, wrapped: Wrapped, name: str) -> CaseKey:
        """The key of that name.

        Raises:
            MasterKeyError: the master key that wraps it is not among those given, now either.
            SealBroken: it was wrapped for another owner, with another key of that name, or changed.
        """
        if wrapped.master not in self.masters.names:
            self.masters = self._load()
        return self.masters.unwrap(wrapped, name)
