"""The hub: what a study needs from it that is not here yet, and whether it answers at all.

Without network the hub's own clients try again for a minute and more. Here it is asked once, for
seconds, before anything is computed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from xlshare.data.files import is_files
from xlshare.study.parameters import Study, is_on_hub, no_folder
from xlshare.study.tasks import SPLITS

SECONDS = 5.0  # that the hub has to answer
BYTES = {  # of what cannot be asked for its size without a download; of a dataset, a language
    "FacebookAI/xlm-roberta-base": 1.12e9,
    "intfloat/multilingual-e5-small": 0.49e9,
    "facebook/xnli": 51e6,
    "google-research-datasets/paws-x": 9e6,
    "mteb/amazon_reviews_multi": 60e6,
}


def missing(study: Study) -> Iterator[tuple[str, float | None]]:
    """(name, bytes) of what is neither here nor in the hub's cache; None: of unknown size."""
    if is_on_hub(study.model) and not _has_model(study):
        yield study.model, BYTES.get(study.model)
    name = study.data.dataset
    if is_on_hub(name) and not _has_dataset(study):
        size = BYTES.get(name)
        yield name, size and size * len(study.languages)


def require(planned: Iterable[Study]) -> None:
    """See that all of these studies can have what they need from the hub.

    Where it does not answer and all is in the cache, the hub's clients are told to work offline.

    Raises ValueError, naming what is missing, where the hub does not answer or a folder is not
    there.
    """
    planned = list(planned)
    _require_folders(planned)
    on_hub = [one for one in planned if is_on_hub(one.model) or is_on_hub(one.data.dataset)]
    if not on_hub or answers():
        return
    if names := dict.fromkeys(what for one in on_hub for what, _ in missing(one)):
        raise ValueError(
            f"{', '.join(names)} must be downloaded from the hub (no folder here is called so), "
            f"but {_silence()}: "
            "connect and try again, name local folders instead (model: a folder written by "
            "save_pretrained; data.dataset: a folder in the hub's layout, or files), or run the "
            "embedded study 'mini', which needs no network"
        )
    _go_offline()


def _require_folders(planned: Iterable[Study]) -> None:
    for study in planned:
        named = {"model": study.model, "data.dataset": study.data.dataset}
        for place, name in named.items():
            if (words := no_folder(name)) and not (place == "data.dataset" and is_files(name)):
                raise ValueError(f"{place}={name!r}: {words}, a hub id (owner/name), or 'mini'")


@cache
def answers() -> bool:
    """Whether the hub, or the mirror that HF_ENDPOINT names, answers anything within seconds."""
    from huggingface_hub import constants, get_session

    try:
        get_session().head(constants.ENDPOINT, timeout=SECONDS)
    except Exception:  # of the client's many: no network, no name, no answer, offline mode
        return False
    return True


def _silence() -> str:
    from huggingface_hub import constants

    return "HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else "it does not answer"


def _go_offline() -> None:
    """For this process, before it imports what reads the setting, and for those it starts."""
    from huggingface_hub import constants

    os.environ["HF_HUB_OFFLINE"] = "1"
    constants.HF_HUB_OFFLINE = True


def _has_model(study: Study) -> bool:
    return _in_cache(study.model, "config.json", study.model_revision, "model")


def _has_dataset(study: Study) -> bool:
    """Whether tables or files of all its languages are in the caches, of the commit asked for."""
    name, data = study.data.dataset, study.data
    if study.definition.hub_files is None:
        by_language = study.definition.language is None
        configs = study.languages if by_language else [data.config or "*"]
        return all(_has_tables(name, config, data.revision) for config in configs)
    files = [study.definition.hub_file(s, lang) for s in SPLITS for lang in study.languages]
    return all(_in_cache(name, file, data.revision, "dataset") for file in files)


def _has_tables(name: str, config: str, revision: str | None) -> bool:
    """Whether `datasets` has made its tables of a configuration."""
    from datasets.naming import camelcase_to_snakecase
    from huggingface_hub.constants import HF_HOME

    home = Path(os.environ.get("HF_DATASETS_CACHE", Path(HF_HOME) / "datasets"))
    *owner, dataset = name.split("/")
    folder = home / "___".join([*owner, camelcase_to_snakecase(dataset)])
    return any(
        any(folder.glob(f"{name}/*/{revision or '*'}/")) for name in (config, f"{config}-*=*")
    )


def _in_cache(name: str, file: str, revision: str | None, kind: str) -> bool:
    from huggingface_hub import try_to_load_from_cache

    words = {"revision": revision, "repo_type": kind}
    return isinstance(try_to_load_from_cache(name, file, **words), str)
