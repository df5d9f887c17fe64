"""How do languages influence each other? Exact training data attribution for multilingual models."""

__version__ = "0.1.0"
