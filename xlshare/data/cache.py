"""What the hub's cache says of a dataset or model whose commit is not pinned."""

from __future__ import annotations

from pathlib import Path


def newest_commit(kind: str, name: str) -> str:
    """The newest commit of "datasets" or "models" `name` that was fetched; "newest" before."""
    from huggingface_hub.constants import HF_HUB_CACHE

    ref = Path(HF_HUB_CACHE) / f"{kind}--{name.replace('/', '--')}/refs/main"
    return ref.read_text(encoding="utf-8").strip() if ref.is_file() else "newest"
