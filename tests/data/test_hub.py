"""The hub without the hub: what it left in its caches, folders in its layout, and its absence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import fake_hub
import pandas as pd
import pytest
from pages import ROOT
from small_studies import SMALL, write_bert
from test_examples import rows_of, write

from xlshare.data import hub
from xlshare.study import artifacts
from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study, read_parameters, studies
from xlshare.study.tasks import SPLITS, TASKS
from xlshare.training import models

COMMIT = fake_hub.COMMIT
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


@pytest.mark.study
def test_any_architecture_is_fine_tuned_and_scored_as_defined(folder: Path, tmp_path: Path) -> None:
    from xlshare.training import finetune, interventions

    run = Run(study_of(folder, tmp_path), "01_finetune")
    examples = interventions.prepare_examples(run)
    finetune.run_fine_tuning(run, examples)
    tests = examples[examples["split"] == "test"].groupby("lang").head(1)
    scores = interventions.attribute(run, tests)
    assert scores["audit"].max() < 2e-5
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


def run_with(program: str, home: Path, **variables: str) -> subprocess.CompletedProcess:
    """A fresh interpreter, since the hub's client reads HF_HOME and its like once."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    environment = kept | {"HF_HOME": str(home), "PYTHONPATH": str(ROOT)} | variables
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def run_offline(program: str, home: Path) -> subprocess.CompletedProcess:
    return run_with(program, home, HF_HUB_OFFLINE="1")


@pytest.mark.slow
@pytest.mark.parametrize("revision", [None, COMMIT])
def test_a_cached_model_is_loaded_offline_and_its_commit_is_known(
    model_in_cache: Path, revision: str | None
) -> None:
    program = (
        "from xlshare.training import models; from xlshare.study.parameters import Study\n"
        f"study = Study(model='owner/bert', model_revision={revision!r})\n"
        "models.load_tokenizer(study)\n"
        "models.load_classifier(study)\n"
        "print(models.commit_of(study))"
    )
    ran = run_offline(program, model_in_cache)
    assert ran.stdout.strip() == COMMIT, ran.stderr[-2000:]


@pytest.mark.slow
def test_another_commit_than_the_cached_one_is_missing(model_in_cache: Path) -> None:
    program = (
        "from xlshare.training import models; from xlshare.study.parameters import Study\n"
        f"models.load_tokenizer(Study(model='owner/bert', model_revision={'f' * 40!r}))"
    )
    ran = run_offline(program, model_in_cache)
    assert "model='owner/bert' could not be loaded" in ran.stderr
    assert "folder written by save_pretrained" in ran.stderr and "'mini'" in ran.stderr


@pytest.mark.slow
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
        "from xlshare.data.examples import load\n"
        "frame = load('xnli', dataset='facebook/xnli', languages=['en', 'de'],"
        " train_per_language=6)\n"
        "print(len(frame), frame.attrs['dataset_commit'])"
    )
    ran = run_offline(load, home)
    assert ran.stdout.split() == ["12", COMMIT], ran.stderr[-3000:]


@pytest.mark.slow
def test_commits_stand_in_the_manifests(tmp_path: Path) -> None:
    run = Run(study_of(Path("mini"), tmp_path), "01_finetune")
    run.model_commit = COMMIT
    frame = pd.DataFrame({"id": ["a"]})
    frame.attrs["dataset_commit"] = COMMIT
    run.save_examples(frame)
    facts = artifacts.read_manifest(run.path("examples.parquet"))
    assert facts["model_commit"] == facts["dataset_commit"] == COMMIT


# ---- A hub that answers, and one that does not ----


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The paper's datasets and a model as they lie on the hub; MARC has a script and JSON lines."""
    root = tmp_path_factory.mktemp("fake-hub")
    for task in ("xnli", "pawsx"):
        tables = {lang: {"train": rows_of(task, lang)} for lang in ("en", "de")}
        write(root / "datasets" / TASKS[task].dataset, tables)
    marc, scripted = root / "datasets" / TASKS["marc"].dataset, root / "datasets/owner/scripted"
    for lang in ("en", "de"):
        (marc / lang).mkdir(parents=True)
        for split in SPLITS.values():
            file = marc / lang / f"{split}.jsonl"
            rows_of("marc", lang).to_json(file, orient="records", lines=True)
    scripted.mkdir(parents=True)
    for folder in (marc, scripted):
        (folder / f"{folder.name}.py").write_text("raise SystemExit('a script was run')")
    write_bert(root / "models/owner/bert", TEXTS)
    return root


LOAD = (
    "from xlshare.data.examples import load\n"
    "frame = load({!r}, dataset={!r}, revision={!r}, languages=['en', 'de'], "
    "train_per_language=4)\n"
    "print(len(frame), frame.attrs['dataset_commit'])"
)


@pytest.mark.slow
@pytest.mark.parametrize("task", ["xnli", "marc"])
def test_a_dataset_comes_from_the_hub_by_its_commit_and_then_from_the_cache(
    repositories: Path, tmp_path: Path, task: str
) -> None:
    program = LOAD.format(task, TASKS[task].dataset, COMMIT)
    with fake_hub.serving(repositories) as address:
        ran = run_with(program, tmp_path, HF_ENDPOINT=address)
    assert ran.stdout.split() == ["8", COMMIT], ran.stderr[-3000:]
    again = run_offline(program, tmp_path)
    assert again.stdout == ran.stdout, again.stderr[-3000:]
    other = run_offline(LOAD.format(task, TASKS[task].dataset, "f" * 40), tmp_path)
    assert "f" * 40 in other.stderr and "connect and try again" in other.stderr


@pytest.mark.slow
def test_what_the_hub_refuses_is_told_with_what_helps(repositories: Path, tmp_path: Path) -> None:
    program = f"""
from xlshare.training import models
from xlshare.data.examples import load
from xlshare.study.parameters import Study
words = {{"languages": ["en", "de"], "train_per_language": 4}}
other, scripted = {"f" * 40!r}, "owner/scripted"
for refused in (
    lambda: load("pawsx", dataset={TASKS["pawsx"].dataset!r}, revision=other, **words),
    lambda: load("marc", dataset={TASKS["marc"].dataset!r}, revision=other, **words),
    lambda: load("xnli", dataset=scripted, **words),
    lambda: load("marc", dataset={TASKS["marc"].dataset!r}, **words | {{"languages": ["xx"]}}),
    lambda: models.load_tokenizer(Study(model="owner/bert", model_revision=other)),
):
    try:
        refused()
    except ValueError as error:
        print(error)
"""
    with fake_hub.serving(repositories) as address:
        ran = run_with(program, tmp_path, HF_ENDPOINT=address)
    told = ran.stdout.splitlines()
    assert len(told) == 5, ran.stdout + ran.stderr[-3000:]
    for line, name in zip(told, (TASKS["pawsx"].dataset, TASKS["marc"].dataset)):
        assert line.startswith(f"dataset {name!r} has no commit {'f' * 40!r}")
        assert "set data.revision to" in line and "null" in line
    assert "script of its own" in told[2] and "my_data/{lang}/{split}.jsonl" in told[2]
    assert "has no language 'xx' for marc: choose among en, de" in told[3]
    assert "has no commit" in told[4] and "model_revision" in told[4]


OWN = (
    "from xlshare.data.examples import load\n"
    "from xlshare.study.tasks import OwnTask\n"
    "task = OwnTask(text_a='text', label='label', labels={{'None': 'no', 'hate': 'hate'}})\n"
    "try: frame = load(task.task('own'), dataset='owner/{}',"
    " languages=['en'], train_per_language=20)\n"
    "except ValueError as error: print(error)\n"
    "else: print(sorted(frame['text_a'])[:2], set(frame['label']))"
)


@pytest.fixture(scope="module")
def tables_on_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three datasets of the hub, 20 rows each: CSV, one of numbers, and TSV without quoting."""
    root = tmp_path_factory.mktemp("tables-hub")
    texts = ["NA", "null", *(f"text {i}" for i in range(18))]
    cells = [f"{text},{('None', 'hate')[i % 2]}" for i, text in enumerate(texts)]
    write_table(root, "csv", "\n".join(["text,label", *cells]) + "\n")
    numbers = [f"00{i},{('None', 'hate')[i % 2]}" for i in range(20)]
    write_table(root, "csv", "\n".join(["text,label", *numbers]) + "\n", "numbers")
    cells[4], cells[5] = f'"{cells[4]}', f'"Well" {cells[5]}'
    lines = [f"{i},{line}" for i, line in enumerate(["text,label", *cells])]
    write_table(root, "tsv", "\n".join(lines).replace(",", "\t") + "\n")
    return root


def write_table(root: Path, kind: str, content: str, name: str = "") -> None:
    home = root / f"datasets/owner/{name or kind}"
    home.mkdir(parents=True)
    (home / f"en.{kind}").write_text(content)
    lines = ["---", "configs:", "- config_name: en", "  data_files:"]
    lines += ["  - split: train", f"    path: en.{kind}", "---", ""]
    (home / "README.md").write_text("\n".join(lines))


@pytest.mark.slow
def test_texts_of_a_table_on_the_hub_are_not_taken_for_missing(
    tables_on_hub: Path, tmp_path: Path
) -> None:
    with fake_hub.serving(tables_on_hub) as address:
        ran = run_with(OWN.format("csv"), tmp_path, HF_ENDPOINT=address)
    assert ran.stdout.strip() == "['NA', 'null'] {0, 1}", ran.stderr[-3000:]
    again = run_offline(OWN.format("csv"), tmp_path)
    assert again.stdout == ran.stdout, again.stderr[-3000:]


@pytest.mark.slow
def test_texts_of_a_table_on_the_hub_that_became_numbers_are_refused(
    tables_on_hub: Path, tmp_path: Path
) -> None:
    with fake_hub.serving(tables_on_hub) as address:
        ran = run_with(OWN.format("numbers"), tmp_path, HF_ENDPOINT=address)
    assert "the texts of 'text' were read as numbers (int64)" in ran.stdout, ran.stderr[-3000:]


@pytest.mark.slow
def test_rows_that_ran_together_in_a_table_on_the_hub_are_refused(
    tables_on_hub: Path, tmp_path: Path
) -> None:
    with fake_hub.serving(tables_on_hub) as address:
        ran = run_with(OWN.format("tsv"), tmp_path, HF_ENDPOINT=address)
    assert "language 'en', split 'train'" in ran.stdout, ran.stderr[-3000:]
    assert "data.quoting to false" in ran.stdout


@pytest.fixture
def no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that does not answer, and a cache that holds nothing of the paper's study."""
    monkeypatch.setattr(hub, "answers", lambda: False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")


def test_without_network_one_error_names_all_that_is_missing(no_answer: None) -> None:
    with pytest.raises(ValueError, match="hub .*, but it does not answer: connect") as error:
        hub.require(studies(read_parameters("paper")))
    for words in ("FacebookAI/xlm-roberta-base, facebook/xnli, google-research-datasets/paws-x, "
                  "mteb/amazon_reviews_multi must be", "local folders", "'mini'"):  # fmt: skip
        assert words in str(error.value)
    hub.require(studies(read_parameters("mini")))  # asks for nothing


def test_without_network_what_is_in_the_cache_does(
    no_answer: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clients are told to work offline, or they would try again for each file."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    marc = next(one for one in studies(read_parameters("paper")) if one.task == "marc")
    files = [marc.definition.hub_file(split, "zh") for split in SPLITS]
    one_language = {"data": marc.data.model_copy(update={"languages": ["zh"]})}
    marc = marc.model_copy(update=one_language)
    cached = {("models", marc.model, marc.model_revision): ["config.json"]}
    cached |= {("datasets", marc.data.dataset, marc.data.revision): files}
    for (kind, name, revision), names in cached.items():
        assert [what for what, _ in hub.missing(marc)].count(name) == 1
        for file in names:
            path = tmp_path / f"{kind}--{name.replace('/', '--')}/snapshots/{revision}" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    hub.require([marc])
    assert os.environ["HF_HUB_OFFLINE"] == "1"


@pytest.mark.parametrize(
    ("cached", "revision", "is_there"),
    [
        ({"en": COMMIT, "fr": COMMIT}, None, True),
        ({"en": COMMIT, "fr": COMMIT}, COMMIT, True),
        ({"en": COMMIT, "fr-keep_default_na=False": COMMIT}, COMMIT, True),
        ({"en": COMMIT}, None, False),
        ({"en": COMMIT, "fr-CA": COMMIT}, None, False),
        ({"en": COMMIT, "fr": COMMIT}, "f" * 40, False),
    ],
)
def test_a_cache_must_hold_every_language_of_the_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cached: dict, revision: str, is_there: bool
) -> None:
    """Below the name as `datasets` spells it: small letters, with underscores."""
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path))
    for config, commit in cached.items():
        (tmp_path / "Owner___my_data" / config / "0.0.0" / commit).mkdir(parents=True)
    data = {"dataset": "Owner/MyData", "languages": ["en", "fr"], "revision": revision}
    study = Study.of({"task": "xnli", "data": data})
    assert [name for name, _ in hub.missing(study)] == ([] if is_there else ["Owner/MyData"])


@pytest.mark.slow
def test_a_hub_answers_or_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with fake_hub.serving(tmp_path) as address:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        assert hub.answers.__wrapped__()
    assert not hub.answers.__wrapped__()
