"""Ground floor: SQL as text. Strings in, values out; no schema and no I/O."""
