"""The hub without the hub: what it left in its caches, folders in its layout, and its absence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from pages import ROOT
from small_studies import SMALL, write_bert
from test_examples import rows_of, write

from xlshare import artifacts, models
from xlshare.artifacts import Run
from xlshare.study import Study

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TEXTS = ["one river flows into the other", "a river flows into another one"]


def other_architectures() -> dict[str, tuple[type, dict]]:
    """Tiny random encoders and decoders, by the name of their architecture."""
    import transformers as t

    small = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    wide = small | {"intermediate_size": 32, "max_position_embeddings": 66}
    decoder = wide | {"num_key_value_heads": 1, "head_dim": 8}
    return {
        "bert": (t.BertConfig, wide),
        "xlm-roberta": (t.XLMRobertaConfig, wide),
        "distilbert": (
            t.DistilBertConfig,
            {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32},
        ),
        "deberta-v2": (
            t.DebertaV2Config,
            wide | {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
        ),
        "gpt2": (t.GPT2Config, {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 66}),
        "llama": (t.LlamaConfig, decoder),
    }


@pytest.fixture(scope="module", params=["bert", "xlm-roberta", "distilbert", "deberta-v2", "gpt2",
                                        "llama"])  # fmt: skip
def folder(request, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as `save_pretrained` writes it: a language model's body, no head yet."""
    from transformers import AutoModel, BertTokenizerFast, set_seed

    home = write_bert(tmp_path_factory.mktemp(request.param), TEXTS)
    kind, words = other_architectures()[request.param]
    vocabulary = len(BertTokenizerFast.from_pretrained(home))
    (home / "model.safetensors").unlink()
    set_seed(0)
    special = {"pad_token_id": None if request.param in ("gpt2", "llama") else 0}
    AutoModel.from_config(kind(vocab_size=vocabulary, **special, **words)).save_pretrained(home)
    return home


def study_of(folder: Path, results: Path, **changes) -> Study:
    data = SMALL["data"] | {"train_per_language": 4, "languages": ["en", "de"], "max_length": 32}
    small = {"data": data, "influence": {"tests_per_language": 1, "top_k": 2}}
    values = SMALL | small | {"quality": {"removals": [2]}, "training": {"epochs": 1}}
    return Study.of(values | {"model": str(folder), "results": str(results), **changes})


def test_any_architecture_is_fine_tuned_and_scored_as_defined(folder: Path, tmp_path: Path) -> None:
    from xlshare import finetune, retrain

    run = Run(study_of(folder, tmp_path), "01_finetune")
    examples = retrain.prepare_examples(run)
    finetune.run_fine_tuning(run, examples)
    tests = examples[examples["split"] == "test"].groupby("lang").head(1)
    scores = retrain.attribute(run, tests)
    check = retrain.check_against_oracle(run, scores, pairs=2)
    assert check["difference"].abs().max() < 2e-5
    assert scores.std() > 0


def test_texts_of_a_pair_are_told_apart_where_the_model_does_so(tmp_path: Path) -> None:
    folder = write_bert(tmp_path / "bert", TEXTS)
    study = study_of(folder, tmp_path)
    pair = pd.DataFrame([{"id": "a", "lang": "en", "group": "a", "text_a": TEXTS[0],
                          "text_b": TEXTS[1], "label": 1}])  # fmt: skip
    row = models.encode(pair, models.load_tokenizer(study), 32)[0]
    assert set(row["token_type_ids"]) == {0, 1}
    assert len(row["token_type_ids"]) == len(row["input_ids"])


# ---- Caches ----


@pytest.fixture
def model_in_cache(tmp_path: Path) -> Path:
    """HF_HOME as the hub's client leaves it after one download of owner/bert."""
    home = tmp_path / "hf"
    repository = home / "hub/models--owner--bert"
    write_bert(repository / "snapshots" / COMMIT, TEXTS)
    (repository / "refs").mkdir()
    (repository / "refs/main").write_text(COMMIT)
    return home


def run_offline(program: str, home: Path) -> subprocess.CompletedProcess:
    """A fresh interpreter, since the hub's client reads HF_HOME once."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    environment = kept | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("revision", [None, COMMIT])
def test_a_cached_model_is_loaded_offline_and_its_commit_is_known(
    model_in_cache: Path, revision: str | None
) -> None:
    program = (
        "from xlshare import models; from xlshare.study import Study\n"
        f"study = Study(model='owner/bert', model_revision={revision!r})\n"
        "models.load_tokenizer(study)\n"
        "models.load_classifier(study)\n"
        "print(models.commit_of(study))"
    )
    ran = run_offline(program, model_in_cache)
    assert ran.stdout.strip() == COMMIT, ran.stderr[-2000:]


def test_another_commit_than_the_cached_one_is_missing(model_in_cache: Path) -> None:
    program = (
        "from xlshare import models; from xlshare.study import Study\n"
        f"models.load_tokenizer(Study(model='owner/bert', model_revision={'f' * 40!r}))"
    )
    ran = run_offline(program, model_in_cache)
    assert "model='owner/bert' could not be loaded" in ran.stderr
    assert "folder written by save_pretrained" in ran.stderr and "'mini'" in ran.stderr


def test_a_cached_dataset_is_loaded_offline_and_its_commit_is_known(tmp_path: Path) -> None:
    """The cache of `datasets` after one download of facebook/xnli, written by `datasets`."""
    source = write(tmp_path / "xnli", {x: {"train": rows_of("xnli", x)} for x in ("en", "de")})
    home = tmp_path / "hf"
    fill = (
        "from datasets import load_dataset\n"
        f"for lang in ('en', 'de'): load_dataset({source!r}, lang, split='train')"
    )
    filled = run_offline(fill, home)
    assert filled.returncode == 0, filled.stderr[-2000:]
    for config in (home / "datasets").glob("xnli/*"):
        version = next(config.glob("0.0.0/*/dataset_info.json")).parent
        target = home / "datasets/facebook___xnli" / config.name.split("-")[0] / "0.0.0" / COMMIT
        shutil.copytree(version, target)
    shutil.rmtree(home / "datasets/xnli")
    load = (
        "from xlshare.examples import load\n"
        "frame = load('xnli', dataset='facebook/xnli', languages=['en', 'de'],"
        " train_per_language=6)\n"
        "print(len(frame), frame.attrs['dataset_commit'])"
    )
    ran = run_offline(load, home)
    assert ran.stdout.split() == ["12", COMMIT], ran.stderr[-3000:]


def test_commits_stand_in_the_manifests(tmp_path: Path) -> None:
    run = Run(study_of(Path("mini"), tmp_path), "01_finetune")
    run.model_commit = COMMIT
    frame = pd.DataFrame({"id": ["a"]})
    frame.attrs["dataset_commit"] = COMMIT
    run.save_examples(frame)
    facts = artifacts.read_manifest(run.path("examples.parquet"))
    assert facts["model_commit"] == facts["dataset_commit"] == COMMIT
