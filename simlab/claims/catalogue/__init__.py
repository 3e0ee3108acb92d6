"""Property claims, one topic a file; each file assigns ``CLAIMS``, a tuple of them."""
