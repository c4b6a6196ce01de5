"""``phanhoi init`` as a conversation: what was answered becomes files, keys, a database and a first administrator."""
