"""First floor: the nouns. Frozen values; they answer about themselves and never act."""
