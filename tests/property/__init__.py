"""Property tests: a drawn database with rows, an edit, and an oracle that never asks the code under test."""
