"""The embedded default: synthetic data of three tasks in seven languages, and an encoder."""
