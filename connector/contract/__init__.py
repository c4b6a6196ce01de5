"""The contract with a system as data: learned, compared, and tied to the mappings and writes that rely on it. Pure."""
