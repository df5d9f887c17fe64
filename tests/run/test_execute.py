"""Notebooks: short cells, one set of parameters, clean outputs, errors before any compute."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import papermill
import pytest
from IPython.core.interactiveshell import InteractiveShell
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from small_studies import write_study
from snakemake_executor_plugin_slurm.utils import set_gres_string
from snakemake_executor_plugin_slurm.validation import validate_slurm_extra

from xlshare.run.execute import Echo, _copy, clean, execute, memory_kills
from xlshare.study.parameters import STAGES, Study, plan, read_parameters
from xlshare.training.gpus import own_card

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
STUDIES = sorted((ROOT / "notebooks/studies").glob("*.yaml"))


def cells(path: Path, tag: str = "") -> list[nbformat.NotebookNode]:
    found = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    return [c for c in found if not tag or tag in c.metadata.get("tags", [])]


def test_there_is_a_notebook_for_every_stage() -> None:
    assert [path.stem for path in NOTEBOOKS] == list(STAGES)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_call_the_module_and_define_nothing(path: Path) -> None:
    for cell in cells(path):
        assert cell.source.count("\n") < 15
        assert not cell.outputs and cell.execution_count is None
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda))
    assert nbformat.read(path, as_version=4).metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_opened_by_hand_runs_the_mini_study_and_its_cells_in_any_order(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    (given,) = cells(path, "parameters")
    setup = next(c for c in cells(path) if "Study.read" in c.source)
    scratch = "k = 5\nlevels = [1]\nfor task in ('xnli', 'marc'): seed = 7"
    shell = InteractiveShell()
    for source in (given.source, setup.source, scratch, setup.source):
        shell.run_cell(source, store_history=True).raise_error()
        if "run" in shell.user_ns:
            assert shell.user_ns["run"].study == Study.load("mini", "pawsx")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_papermill_finds_every_section_in_the_cell_that_it_overrides(path: Path) -> None:
    """Else it warns of parameters that the notebook does take."""
    shown = {name for name in papermill.inspect_notebook(path)}
    assert set(read_parameters("mini")) <= shown


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_every_study_file_is_valid_for_every_task(path: Path) -> None:
    values = read_parameters(path)
    assert values["study"] == path.stem
    assert plan(values) == [
        (task, stage)
        for task in Study.of(values).tasks
        for stage, tasks in (STAGES | values.get("stages", {})).items()
        if task in tasks
    ]


def dry_run(study: Path, *config: str, options: tuple = ("--cores", "2")) -> str:
    """What Snakemake would do."""
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--printshellcmds", *options]
    command += ["--config", f"study={study}", *config]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["02_influence", "03_quality", "07_zero_shot", "08_imbalance"])
def test_shards_are_scattered_and_gathered(tmp_path: Path, stage: str) -> None:
    """Three jobs score or train anew, each on a GPU of its own; the stage waits for them."""
    printed = dry_run(write_study(tmp_path, "parts", tasks=["pawsx"]), "shards=3", "gpus=2")
    jobs = re.findall(rf"xlshare run {stage} .* --gpus 2 .*--shard (\d) --shards 3", printed)
    assert sorted(jobs) == ["1", "2", "3"]
    gathered = re.search(
        rf"xlshare run {stage} --study \S+ --task pawsx --seed 1 --gpus 2 --made-of \w+ 2>", printed
    )
    last = max(found.start() for found in re.finditer(rf"xlshare run {stage} .* --shard ", printed))
    assert gathered.start() > last
    assert len(re.findall(r"resources: .*gpu=1", printed)) == 6 + 4 * 3  # stages that compute
    assert not re.search(r"xlshare run 0[456]_.* --gpus", printed)


@pytest.mark.slow
def test_every_gpu_has_a_shard_unless_told_otherwise(tmp_path: Path) -> None:
    printed = dry_run(write_study(tmp_path, "parts", tasks=["marc"]), "gpus=4")
    assert len(re.findall(r"xlshare run 02_influence .* --shards 4", printed)) == 4
    printed = dry_run(write_study(tmp_path, "whole", tasks=["marc"]))
    assert "--shards" not in printed and "--gpus" not in printed


class Resources(dict):
    """Named values that are attributes, too, as in a Snakemake job."""

    __getattr__ = dict.get


@pytest.mark.slow
def test_a_cluster_gives_one_gpu_to_the_jobs_that_compute(tmp_path: Path) -> None:
    """What SLURM's plugin makes of the profile; it refuses what it sets itself."""
    study = write_study(tmp_path, "parts", tasks=["marc"])
    printed = dry_run(study, "shards=3", options=("--profile", "notebooks/slurm"))
    pattern = r"resources: (.+)\nShell command: xlshare run (\S+)"
    asked = set()
    for text, stage in re.findall(pattern, printed):
        pairs = (item.split("=", 1) for item in text.split(", "))
        resources = Resources((k, int(v) if v.isdigit() else v) for k, v in pairs)
        job = SimpleNamespace(resources=resources)
        validate_slurm_extra(job)
        assert resources.slurm_partition == "gpu"
        asked.add((stage, set_gres_string(job)))
    stages = ("01_finetune", "02_influence", "03_quality", "10_planted")
    computing = {(stage, " --gpus=1") for stage in stages}
    assert asked == computing | {("04_language_shares", "")}


@pytest.mark.slow
def test_a_study_with_several_seeds_runs_with_each_and_then_reads_them_all(tmp_path: Path) -> None:
    printed = dry_run(write_study(tmp_path, "many", tasks=["marc"], seeds=[1, 5]))
    ran = re.findall(r"xlshare run (\d\d)_\w+ --study \S+ --task marc --seed (\d)", printed)
    stages = ["01", "02", "03", "04", "10"]
    assert sorted(ran) == sorted([(s, n) for s in stages for n in "15"] + [("09", "1")])
    assert ran[-1] == ("09", "1")
    assert f"{tmp_path}/results/many-seed-5/marc/.stages/04_language_shares-" in printed


def test_a_shard_runs_the_notebook_up_to_its_part(tmp_path: Path) -> None:
    _copy(ROOT / "notebooks/02_influence.ipynb", tmp_path / "part.ipynb", "shard")
    assert "interventions.attribute(run)" in cells(tmp_path / "part.ipynb")[-1].source
    with pytest.raises(ValueError, match="05_reinforcement.ipynb has no cell tagged 'shard'"):
        _copy(ROOT / "notebooks/05_reinforcement.ipynb", tmp_path / "part.ipynb", "shard")


@pytest.mark.parametrize("stage", ["02_influence", "03_quality", "07_zero_shot", "08_imbalance"])
def test_shards_save_nothing_that_another_could_be_saving(stage: str) -> None:
    code = cells(ROOT / f"notebooks/{stage}.ipynb")
    end = next(i for i, cell in enumerate(code) if "shard" in cell.metadata.get("tags", []))
    assert not any("run.save" in cell.source for cell in code[: end + 1])


def test_each_job_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", f"x{os.getpid()},y{os.getpid()}")
    with own_card(2) as first:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", f"x{os.getpid()},y{os.getpid()}")
        with own_card(2, seconds=0.01) as second:
            assert os.environ["CUDA_VISIBLE_DEVICES"] == second != first
        with own_card(2) as third:
            assert third == second
    with pytest.raises(ValueError, match="gpus=3, but CUDA_VISIBLE_DEVICES="):
        with own_card(3):
            pass


def test_bad_parameters_stop_before_a_kernel_starts(tmp_path: Path) -> None:
    path = write_study(tmp_path, "bad", trainnig={"epochs": 1})
    with pytest.raises(ValueError, match="unknown parameter 'trainnig': did you mean 'training'"):
        execute("01_finetune", read_parameters(path) | {"task": "pawsx"})
    assert not (tmp_path / "results").exists()


@pytest.mark.study
def test_a_misspelt_parameter_stops_a_notebook_that_papermill_would_run(tmp_path: Path) -> None:
    import papermill

    out = tmp_path / "out.ipynb"
    with pytest.raises(papermill.PapermillExecutionError, match="did you mean 'training'"):
        papermill.execute_notebook(
            ROOT / "notebooks/04_language_shares.ipynb",
            out,
            parameters={"trainnig": {"epochs": 1}, "results": str(tmp_path)},
            kernel_name="python3",
            progress_bar=False,
        )


@pytest.mark.slow
def test_papermill_reads_and_writes_the_projects_results_from_any_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "papermill", str(ROOT / "notebooks/04_language_shares.ipynb")]
    command += ["out.ipynb", "-p", "study", "nobody", "--kernel", "python3"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert f"{ROOT}/results/nobody/pawsx/influence.zarr" in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out.ipynb"]


@pytest.mark.study
@pytest.mark.parametrize(
    "text",
    [
        "__import__('pathlib').Path('made').touch()",
        "{open('made', 'w')}",
        "'; made = True; '",
        '"""; made = True; """',
        "a\\nmade = True\\\\",
        "${made} %made !made `made`",
    ],
)
def test_parameters_that_look_like_code_stay_strings(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As papermill writes them into a notebook, and the notebook reads them."""
    monkeypatch.chdir(tmp_path)
    own = {"title": text, "question": text, "text_a": text, "labels": {"0": text, "1": "no"}}
    data = {"dataset": text, "languages": ["en", "ko"]}
    values = {"own_tasks": {"own": own}, "task": "own", "data": data, "model": text}
    notebook = load_notebook_node(str(ROOT / "notebooks/01_finetune.ipynb"))
    filled = parameterize_notebook(notebook, values, kernel_name="python3", language="python")
    (cell,) = (c for c in filled.cells if "injected-parameters" in c.metadata.get("tags", []))
    names: dict[str, Any] = {}
    exec(cell.source, names)
    assert {name: names[name] for name in values} == values
    assert not (tmp_path / "made").exists() and "made" not in names


def test_a_failing_stage_leaves_no_notebook_and_says_what_is_missing(tmp_path: Path) -> None:
    path = write_study(tmp_path, "early")
    values = read_parameters(path) | {"task": "pawsx"}
    with pytest.raises(RuntimeError, match="03_quality.ipynb stopped.*run the stage that makes it"):
        execute("03_quality", values, ROOT / "notebooks")
    assert not list((tmp_path / "results").rglob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "kills, said", [([0, 0], "probably killed .see `dmesg`."), ([3, 4], "killed by the system")]
)
def test_a_killed_kernel_is_told_as_such_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kills: list[int], said: str
) -> None:
    """The system kills without a word; its count of such kills says whether it did."""
    monkeypatch.setattr("xlshare.run.execute.memory_kills", iter(kills).__next__)
    fatal = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(fatal)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    nbformat.write(notebook, tmp_path / "02_influence.ipynb")
    values = read_parameters(write_study(tmp_path, "large")) | {"task": "pawsx"}
    message = f"02_influence.ipynb stopped: pawsx 02_influence's kernel died, .*{said}.*CORES=1"
    with pytest.raises(RuntimeError, match=message):
        execute("02_influence", values, tmp_path)
    assert not list((tmp_path / "results").rglob("*.ipynb"))


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_the_system_counts_what_it_killed_for_memory() -> None:
    (line,) = re.findall(r"^oom_kill (\d+)$", Path("/proc/vmstat").read_text(), re.M)
    assert memory_kills() == int(line)


def test_cleaning_strips_times_paths_progress_and_hides_parameters(tmp_path: Path) -> None:
    noisy = nbformat.v4.new_notebook(metadata={"papermill": {"start_time": "now"}, "widgets": {}})
    cell = nbformat.v4.new_code_cell("x", metadata={"tags": ["injected-parameters"]})
    cell.metadata["execution"] = {"iopub.execute_input": "now"}
    progress = nbformat.v4.new_output("stream", name="stderr", text="10%|#")
    result = nbformat.v4.new_output("stream", name="stdout", text="kept")
    cell.outputs = [progress, result]
    noisy.cells = [cell]
    path = tmp_path / "n.ipynb"
    nbformat.write(noisy, path)
    clean(path, "pawsx-01")
    text = path.read_text()
    assert "now" not in text and "10%" not in text and "kept" in text
    found = json.loads(text)["cells"][0]
    assert found["id"] == "pawsx-01-00"
    assert "hide-input" in found["metadata"]["tags"]


def test_progress_is_echoed_with_its_stage(capsys: pytest.CaptureFixture[str]) -> None:
    echo = Echo("pawsx 02_influence", seconds=0)
    echo.write("\rscores: 10%|#   | 1/10")
    echo.write("a warning that is no progress\n")
    assert capsys.readouterr().err == "[pawsx 02_influence] scores: 10%|#   | 1/10\n"


def test_a_note_is_echoed(capsys: pytest.CaptureFixture[str]) -> None:
    Echo("pawsx 01_finetune").write("note: a checkpoint is not whole\n")
    assert capsys.readouterr().err == "[pawsx 01_finetune] note: a checkpoint is not whole\n"


def test_what_remains_of_a_stage_is_not_lost_among_its_parts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    echo = Echo("pawsx 08_imbalance", seconds=60)
    for done in range(2):
        echo.write(f"\rfine-tuning:  {50 * done}%|#   | {done}/2\rfine-tuning: 99%|##  | 2/2")
    echo.write("\rimbalance:   5%|    | 1/20 [01:00<19:00]")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition("] ")[2] for line in lines] == [
        "fine-tuning: 99%|##  | 2/2",
        "imbalance:   5%|    | 1/20 [01:00<19:00]",
    ]


# ---- make ----


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., str]:
    """What `make` would run in a fresh clone, where nothing is installed yet."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    environment = {k: v for k, v in os.environ.items() if k != "CONDA_DEFAULT_ENV"}

    def run(*words: str) -> str:
        command = ["make", "--dry-run", "--no-print-directory", *words]
        ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    return run


def test_a_report_of_results_from_elsewhere_computes_and_installs_nothing_that_does(
    make: Callable[..., str],
) -> None:
    printed = make("report", "STUDY=paper", "RESULTS=copied")
    assert "snakemake" not in printed and "xlshare run" not in printed
    assert 'xlshare report --study "paper" --results "copied"' in printed
    pattern = re.search(r"grep -vE '(.*)' requirements.lock", printed)[1]
    lock = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    left_out = {line.partition("==")[0] for line in lock if re.match(pattern, line)}
    assert left_out == {
        "torch",
        "transformers",
        "tokenizers",
        "accelerate",
        "datasets",
        "safetensors",
        "hf-xet",
        "peft",
    }


def test_a_report_runs_on_as_many_gpus_as_it_is_told(make: Callable[..., str]) -> None:
    assert "--gpus 4" in make("report", "GPUS=4")
    assert "--gpus" not in make("report")


def test_a_report_throws_training_away_only_where_it_is_told(make: Callable[..., str]) -> None:
    assert "--rerun" in make("report", "RERUN=yes")
    assert "--rerun" not in make("report") + make("report", "RERUN=no")


def test_a_studys_file_may_have_spaces_in_its_name(make: Callable[..., str]) -> None:
    printed = make("report", "STUDY=my [own] study.yaml")
    assert printed.count('--study "my [own] study.yaml"') == 2
