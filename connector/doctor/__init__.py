"""``phanhoi doctor``: what is wrong and what to do, and a bundle for support that holds nobody's data."""
