"""``phanhoi config check --connect``: does everything that the settings name really answer? Writes nothing, anywhere."""
