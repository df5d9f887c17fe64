"""How do languages influence each other? Training data attribution for multilingual models."""

from importlib.metadata import version

__version__ = version("xlshare")
