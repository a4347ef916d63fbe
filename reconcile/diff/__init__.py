"""Second floor: which old thing is which new thing, and what is different about it."""
