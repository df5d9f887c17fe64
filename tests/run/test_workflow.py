"""A whole study: what runs again and why, and that whatever is wrong is said in one line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from small_studies import SMALL, write_study
from test_plan import RATES, finished

from xlshare.data.content import examples_of
from xlshare.report import book
from xlshare.run import cli, fingerprints, lock, plan, present, workflow
from xlshare.study import artifacts, code
from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study, read_parameters, studies

ROOT = Path(__file__).resolve().parents[2]
OWN = {
    "own_tasks": {"tone": {"text_a": "text", "labels": {"good": "good", "bad": "bad"}}},
    "stages": {"03_quality": [], "05_reinforcement": []},
}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A study of a reader's files, all of whose stages are done."""
    data = tmp_path / "my [data]"
    data.mkdir()
    rows = pd.DataFrame({"text": ["one", "two"], "label": ["good", "bad"]})
    for lang in ("de", "en"):
        rows.to_csv(data / f"{lang}.csv", index=False)
    sections = SMALL["data"] | {"dataset": f"{data}/{{lang}}.csv", "languages": ["de", "en"]}
    path = write_study(tmp_path, "own", data=sections, **OWN)
    (study,) = studies(read_parameters(path))
    Run(study, "01_finetune").save_numbers("01_finetune", {})
    for stage in study.planned:
        finished(study, stage, seconds=400.0)
    return path


def waiting(path: Path) -> dict[str, list[str]]:
    """The stages that would run, and why."""
    stale = workflow.stale(studies(read_parameters(path)))
    return {stage: fingerprints.changes(one, stage) for one, stage in stale}


def change(path: Path, **values: object) -> None:
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | values), encoding="utf-8")


def test_what_did_not_change_does_not_run(own: Path) -> None:
    for file in [own, *(own.parent / "my [data]").iterdir()]:
        os.utime(file, (2e9, 2e9))  # dates decide nothing
    assert waiting(own) == {}


def test_corrected_data_run_all_that_rests_on_them(own: Path) -> None:
    file = own.parent / "my [data]/en.csv"
    file.write_text(file.read_text().replace("bad", "good", 1), encoding="utf-8")
    assert len(waiting(own)) == 7 and set(map(tuple, waiting(own).values())) == {("the examples",)}


def test_files_that_no_language_of_the_study_lies_in_do_not_count(own: Path) -> None:
    shutil.copyfile(own.parent / "my [data]/en.csv", own.parent / "my [data]/fr.csv")
    assert waiting(own) == {}


LISTED = """---
configs:
- config_name: de
  data_files: [{split: train, path: "de/*.csv"}]
- config_name: en
  data_files: {train: [en-1.csv, en-2.csv]}
- config_name: fr
  data_files: fr.csv
---
About these data.
"""


@pytest.fixture
def listed(own: Path) -> Path:
    """A folder in the hub's layout, in two of whose languages a study is done."""
    folder = own.parent / "folder"
    for name in ("de/1.csv", "en-1.csv", "en-2.csv", "fr.csv", "more.csv", "notes.txt", "x.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    (folder / "README.md").write_text(LISTED, encoding="utf-8")
    change(own, data=SMALL["data"] | {"dataset": str(folder), "languages": ["de", "en"]})
    (study,) = studies(read_parameters(own))
    for stage in study.planned:
        finished(study, stage)
    return folder


@pytest.mark.parametrize("name", ["fr.csv", "more.csv", "notes.txt", "x.py", ".git/HEAD"])
def test_of_a_folder_what_is_not_read_does_not_count(own: Path, listed: Path, name: str) -> None:
    (listed / name).parent.mkdir(exist_ok=True)
    (listed / name).write_text("changed", encoding="utf-8")
    (listed / "README.md").write_text(LISTED + "And more about them.", encoding="utf-8")
    assert waiting(own) == {}


@pytest.mark.parametrize("name", ["de/1.csv", "de/2.csv", "en-2.csv", "README.md"])
def test_of_a_folder_what_is_read_counts(own: Path, listed: Path, name: str) -> None:
    text = LISTED.replace("en-2.csv", "fr.csv")
    (listed / name).write_text(text, encoding="utf-8")
    assert set(map(tuple, waiting(own).values())) == {("the examples",)}


def test_a_folder_without_a_readme_is_read_whole(own: Path, listed: Path) -> None:
    (listed / "README.md").unlink()
    (study,) = studies(read_parameters(own))
    before = examples_of(study)
    (listed / "notes.txt").write_text("changed", encoding="utf-8")
    assert examples_of(study) == before
    (listed / "more.csv").write_text("changed", encoding="utf-8")
    assert examples_of(study) != before


def test_words_of_a_task_run_nothing(own: Path) -> None:
    tone = OWN["own_tasks"]["tone"]
    change(own, own_tasks={"tone": tone | {"title": "Tone of voice", "question": "Is it good?"}})
    assert waiting(own) == {}
    change(own, own_tasks={"tone": tone | {"align": "row"}})
    (study,) = studies(read_parameters(own))
    assert fingerprints.discarded_seconds(study, "01_finetune") == 400


def test_the_order_of_labels_which_numbers_the_classes_counts(own: Path) -> None:
    change(own)  # sorts them
    assert not waiting(own)
    values = yaml.safe_load(own.read_text()) | {"own_tasks": OWN["own_tasks"]}
    own.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    assert all("own_task.labels" in reasons[0] for reasons in waiting(own).values())
    assert len(waiting(own)) == 7


# ---- What the book shows ----


def left_over(path: Path) -> list[tuple[str, str]]:
    return present.left_over(studies(read_parameters(path)))


def test_results_of_other_data_and_of_what_is_not_asked_for_are_left_over(own: Path) -> None:
    assert left_over(own) == []
    change(own, stages={**OWN["stages"], "04_language_shares": []})
    assert left_over(own) == [("tone", "04_language_shares")]
    (study,) = studies(read_parameters(own))
    file = own.parent / "my [data]/en.csv"
    file.write_text(file.read_text().replace("bad", "good", 1), encoding="utf-8")
    stages = ["01", "02", "04", "06", "07", "08", "10"]
    assert [stage[:2] for _, stage in left_over(own)] == stages
    finished(study, "01_finetune")
    assert [stage[:2] for _, stage in left_over(own)] == stages[1:]
    change(own, tasks=["pawsx"], data=SMALL["data"])
    assert [(task, stage[:2]) for task, stage in left_over(own)] == [("tone", s) for s in stages]


def test_where_the_data_are_not_at_hand_what_is_asked_for_is_shown(own: Path) -> None:
    shutil.rmtree(own.parent / "my [data]")
    assert left_over(own) == []


def test_a_report_says_what_it_leaves_out_and_how_to_have_it(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    built = []
    monkeypatch.setattr(book, "build", lambda *words, **more: built.append((words, more)))
    change(own, stages={**OWN["stages"], "04_language_shares": []})
    assert cli.main(["report", "--study", str(own)]) == 0
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "data and code: tone 04_language_shares. " in said
    assert f"`xlshare run --study {own}`" in said
    assert f"`xlshare report --study own --results {own.parent}/results`" in said
    words = ["report", "--study", "own", "--results", f"{own.parent}/results"]
    assert cli.main(words) == 0 and capsys.readouterr().err == ""
    assert built == [
        ((str(own),), {"left_out": [("tone", "04_language_shares")]}),
        (("own", f"{own.parent}/results"), {}),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("section", "values", "stages"),
    [
        ("influence", {"tests_per_language": 3, "top_k": 9}, ["04", "06", "07", "08", "10"]),
        ("influence", {"tests_per_language": 2, "top_k": 8}, ["02", "04", "06", "07", "08", "10"]),
        ("imbalance", {"extra_percent": [25]}, ["08"]),
        ("planted", {"noise": 0.3}, ["10"]),
        ("zero_shot", {"left_out": ["de"]}, ["07"]),
        ("quality", {"tests": 1}, []),  # is not run
        ("runtime", {"threads": 2}, []),
        (
            "training",
            {**SMALL["training"], "epochs": 4},
            ["01", "02", "04", "06", "07", "08", "10"],
        ),
    ],
)
def test_a_parameter_runs_the_stages_that_read_it(
    own: Path, section: str, values: dict, stages: list[str]
) -> None:
    change(own, **{section: values})
    assert [stage[:2] for stage in waiting(own)] == stages


@pytest.fixture
def copied(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the module's code whose files may be changed."""
    shutil.copytree(
        ROOT / "xlshare", tmp_path / "xlshare", ignore=shutil.ignore_patterns("encoder")
    )
    monkeypatch.setattr(code, "PACKAGE", tmp_path / "xlshare")
    code._file.cache_clear()
    yield tmp_path / "xlshare"
    code._file.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "runs", "leaves", "computes"),
    [
        ("report/figures.py", ["01", "04"], [], []),
        ("analysis/dynamics.py", ["06"], [], []),
        ("analysis/rankings.py", ["04", "06", "08"], [], []),
        ("analysis/estimates.py", ["04", "06", "07", "08"], [], []),
        ("training/finetune.py", ["01", "02", "04", "08"], [], ["01", "02", "07", "08", "10"]),
        ("attribution/products.py", ["02", "04", "08"], [], ["02", "07", "08", "10"]),
        ("report/book.py", [], ["01", "02", "04", "06", "07", "08", "10"], []),
    ],
)
def test_code_runs_the_stages_that_use_it_and_trains_only_for_what_trains(
    own: Path, copied: Path, file: str, runs: list[str], leaves: list[str], computes: list[str]
) -> None:
    assert waiting(own) == {}
    path = copied / file
    path.write_text("# a comment\n" + path.read_text("utf-8"), encoding="utf-8")
    assert waiting(own) == {}
    path.write_text(path.read_text("utf-8") + "\nNEW = 1\n", encoding="utf-8")
    found = waiting(own)
    assert set(runs) <= {stage[:2] for stage in found}
    assert not set(leaves) & {stage[:2] for stage in found}
    for stage, reasons in found.items():
        reads_from_it = stage[:2] not in runs and reasons == ["what it reads from"]
        assert reads_from_it or f"xlshare/{file}" in reasons[-1]
    (study,) = studies(read_parameters(own))
    lost = [stage[:2] for stage in study.planned if fingerprints.discarded_seconds(study, stage)]
    assert lost == computes


@pytest.mark.slow
def test_nothing_costly_is_thrown_away_without_a_word(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started = []
    monkeypatch.setattr(workflow, "_snakemake", lambda *words: started.append(words[-1]) or 0)
    change(own, training={**SMALL["training"], "epochs": 4})
    assert cli.main(["run", "--study", str(own)]) == 1
    said = capsys.readouterr().err
    assert "33 min of training and scoring would be thrown away" in said  # five stages that compute
    assert "training.epochs (3 then, 4 now)" in said and f"STUDY={own} RERUN=yes" in said
    assert not started
    assert cli.main(["run", "--study", str(own), "--rerun"]) == 0 and started == [True]
    change(own, training=SMALL["training"], imbalance={"extra_percent": [25]})
    assert cli.main(["run", "--study", str(own)]) == 0  # what was trained is not thrown away


def test_all_done_starts_nothing(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workflow.subprocess, "run", None)
    assert cli.main(["run", "--study", str(own)]) == 0
    assert capsys.readouterr().err == "Study own: every stage is done.\n"


# ---- What was changed after it was saved ----


def test_a_damaged_file_runs_its_stage_again_and_is_named(own: Path) -> None:
    path = own.parent / "results/own/tone/numbers/01_finetune.json"
    path.write_text("{ }")
    found = waiting(own)
    assert len(found) == 7
    assert found["01_finetune"] == [f"{path} is not what was saved (its hash differs)"]
    assert left_over(own) == []  # a report is to say that it is damaged


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_stage_finds_damaged_is_made_again_by_the_same_command(
    own: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fails: bool,
) -> None:
    started = []
    home = own.parent / "results/own/tone"
    path = home / "numbers/01_finetune.json"

    def snakemake(*words: object) -> int:
        started.append(words)
        if len(started) == 1:
            path.write_text("{ }")
            with pytest.raises(ValueError, match="is not what 01_finetune saved"):
                artifacts.checked(home, path)
        return len(started) == 1 or fails

    monkeypatch.setattr(workflow, "_snakemake", snakemake)
    change(own, imbalance={"extra_percent": [25]})
    assert cli.main(["run", "--study", str(own)]) == fails
    said = capsys.readouterr().err
    assert f"[tone 01_finetune] runs again: {path} is not what 01_finetune saved" in said
    assert len(started) == 2


WRONG = {
    "a misspelt parameter": ("influence: {topk: 3}", "did you mean 'top_k'?"),
    "bad YAML": ("data: [1", "wrong.yaml, line 1, column"),
    "a key twice": ("seed: 1\nseed: 1", "'seed' is named twice"),
    "a wrong task": ("tasks: [pawx]", "did you mean 'pawsx'?"),
    "a type of its own": ("tasks: 5", "wrong.yaml: tasks=5: give a list"),
    "an infinite rate": ("training: {learning_rate: .inf}", "training.learning_rate=inf: "),
    "braces in results": ("results: '{x}'", "results='{x}'"),
    "no model there": ("model: /no/folder", "model='/no/folder': no such folder as '/no/folder'"),
    "no data there": ("data: {dataset: ./no/data}", "data.dataset='./no/data': no such folder as"),
    "Windows's slashes": ("model: 'my\\model'", "with / for \\"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_study_is_one_line(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, words = WRONG[case]
    (tmp_path / "wrong.yaml").write_text(text, encoding="utf-8")
    assert cli.main(["run", "--study", str(tmp_path / "wrong.yaml")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1 and words in said
    assert "connect" not in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "words"), [(13, "no permission"), (30, "read-only"), (28, "the disk is full")]
)
def test_a_disk_that_cannot_be_written_is_one_line_with_its_path(
    own: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: int,
    words: str,
) -> None:
    def fail(dir: Path) -> None:
        raise OSError(number, "")

    change(own, seed=2)
    monkeypatch.setattr(workflow.tempfile, "TemporaryFile", fail)
    assert cli.main(["run", "--study", str(own), "--rerun"]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"error: {own.parent}/results/own: ") and words in said


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_in_the_place_of_the_results_is_one_line_with_the_remedy(
    own: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    (own.parent / "file").touch()
    change(own, results=f"{own.parent}/{place}")
    assert cli.main(["run", "--study", str(own)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1
    assert f"{own.parent}/{place}/own: a file lies where a folder is needed: name a folder" in said


# ---- GPUs and two runs at once ----


@pytest.mark.slow
@pytest.mark.parametrize(
    ("visible", "asked", "device", "found"),
    [("0", None, "auto", 1), ("2,5", None, "auto", 2), ("", None, "auto", 0),
     ("-1", None, "auto", 0), ("0,1", 1, "auto", 1), ("0,1", None, "cpu", 0)],
)  # fmt: skip
def test_each_job_has_a_gpu_of_its_own_unless_told_otherwise(
    own: Path, monkeypatch: pytest.MonkeyPatch, visible: str, asked: int, device: str, found: int
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    commands = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess:
        commands.append(" ".join(command))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(workflow.subprocess, "run", run)
    change(own, imbalance={"extra_percent": [25]}, runtime={"device": device})
    workflow.run(str(own), cores="8", gpus=asked)
    expected = f'--cores 8 --config study="{own}"'
    expected += f" gpus={found} --resources gpu={found}" if found else ""
    assert commands[0].endswith(expected)


@pytest.mark.slow
def test_a_second_run_is_refused_at_once(own: Path) -> None:
    held = lock.hold(own.parent / "results/own")
    change(own, imbalance={"extra_percent": [25]})
    command = [sys.executable, "-m", "xlshare.run.cli", "run", "--study", str(own)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    held.release()
    assert ran.returncode == 1 and f"(process {os.getpid()} on " in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_an_executed_notebook_that_is_gone_is_made_again(own: Path) -> None:
    (study,) = studies(read_parameters(own))
    (own.parent / "results/own/tone/notebooks/06_dynamics.ipynb").unlink()
    assert list(waiting(own)) == ["06_dynamics"] == planned_to_run(study)
    assert not fingerprints.is_done(study, "06_dynamics")


def planned_to_run(study: Study) -> list[str]:
    """The stages that the plan says are not done."""
    return [step.stage for step in plan.steps(study, RATES) if not step.done]


def snakemake_runs(path: Path) -> list[str]:
    """The stages that Snakemake would run."""
    command = [sys.executable, "-m", "snakemake", "--profile", "notebooks/profile", "--dry-run"]
    command += ["--quiet", "host", "--cores", "1", "--config", f"study={path}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return sorted(set(re.findall(r"wildcards: .*stage=(\w+), inputs", ran.stdout + ran.stderr)))


@pytest.mark.slow
@pytest.mark.parametrize("gone", ["01", "02", "04"])
@pytest.mark.parametrize("unplanned", [(), ("02_influence",)])
def test_plan_and_run_announce_what_runs(own: Path, gone: str, unplanned: tuple[str]) -> None:
    change(own, stages=OWN["stages"] | dict.fromkeys(unplanned, []))
    (study,) = studies(read_parameters(own))
    for notebook in (own.parent / "results/own/tone/notebooks").glob(f"{gone}_*.ipynb"):
        notebook.unlink()
    (own.parent / "results/own/tone/notebooks/08_imbalance.ipynb").unlink()
    announced = sorted(waiting(own))
    assert announced == planned_to_run(study) == snakemake_runs(own)
    later = {"01": "01 02 04 06 07 08 10", "02": "02 04 06 07 08 10", "04": "04 08"}[gone]
    assert " ".join(stage[:2] for stage in announced) == later


@pytest.mark.slow
def test_seeds_are_told_apart_and_read_together(tmp_path: Path) -> None:
    path = write_study(tmp_path, "many", tasks=["marc"], seeds=[1, 5], **{"stages": {}})
    for study in studies(read_parameters(path)):
        for one in study.by_seed.values():
            for stage in one.planned:
                finished(one, stage)
    assert waiting(path) == {}
    change(path, seeds=[1, 6])
    stale = workflow.stale(studies(read_parameters(path)))
    assert [(one.seed, stage) for one, stage in stale] == [
        (1, "09_seeds"),
        *((6, stage) for stage in Study.load(path, "marc").planned if stage != "09_seeds"),
    ]
