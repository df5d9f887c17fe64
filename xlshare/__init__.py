"""How do languages influence each other? Training data attribution for multilingual models."""

__version__ = "0.1.0"
