"""Third floor: run a plan's steps in one transaction, and prove what they did before it ends."""
