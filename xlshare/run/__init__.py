"""One notebook, a whole study, and what it will cost."""
