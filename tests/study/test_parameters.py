"""A study's parameters: whatever is wrong stops the run by name, value and remedy."""

from __future__ import annotations

import re

import pytest
import yaml

from xlshare.study.parameters import STAGES, Study, plan, read_parameters
from xlshare.study.tasks import TASKS

BAD = {
    "unknown task": ({"task": "pawx"}, ["task='pawx'", "did you mean 'pawsx'"]),
    "unlike any task": ({"task": "squad"}, ["'squad'", "marc, pawsx, xnli"]),
    "task of another type": ({"task": ["xnli"]}, ["task=['xnli']", "string"]),
    "section": ({"trainings": {}}, ["'trainings'", "did you mean 'training'"]),
    "parameter": ({"training": {"epoch": 3}}, ["'training.epoch'", "did you mean 'epochs'"]),
    "parameter unlike any": ({"runtime": {"zzz": 1}}, ["'runtime.zzz'", "device, threads"]),
    "parameter at the top": ({"epochs": 3}, ["'epochs'"]),
    "no name": ({3: 4}, ["3", "string"]),
    "section without names": ({"data": 5}, ["data=5: give a mapping of names to values"]),
    "section left empty": ({"data": None}, ["data=None: give a mapping", "leave it out"]),
    "own tasks without names": ({"own_tasks": 5}, ["own_tasks=5: give a mapping"]),
    "own task without names": ({"own_tasks": {"a": 1}}, ["own_tasks.a=1: give a mapping"]),
    "own task without columns": ({"own_tasks": {"a": {}}}, ["own_tasks.a.text_a is missing"]),
    "no list": ({"seeds": 5}, ["seeds=5: give a list"]),
    "no tasks": ({"tasks": []}, ["tasks=[]"]),
    "truth value": ({"seed": True}, ["seed=True: give a number, not true"]),
    "count": ({"training": {"epochs": 0}}, ["training.epochs=0", "greater than 0"]),
    "fraction": ({"data": {"train_per_language": 2.5}}, ["data.train_per_language=2.5"]),
    "rate": ({"training": {"learning_rate": -1e-5}}, ["training.learning_rate=-1e-05"]),
    "choice": ({"influence": {"similarity": "cos"}}, ["influence.similarity='cos'", "'cosine'"]),
    "shard": ({"shard": 3, "shards": 2}, ["shard=3 must be between 1 and shards=2"]),
    "seed": ({"seed": -1}, ["seed=-1"]),
    "study name": ({"study": "../elsewhere"}, ["study='../elsewhere'"]),
    "top list": ({"influence": {"top_k": 500}}, ["influence.top_k=500", "500 training examples"]),
    "removals": ({"quality": {"removals": [5, 600]}}, ["quality.removals=600", "500"]),
    "no removals": ({"quality": {"removals": []}}, ["quality.removals=[]"]),
    "tests": ({"influence": {"tests_per_language": 101}}, ["tests_per_language=101", "=100"]),
    "one language": ({"data": {"languages": ["en"]}}, ["data.languages=['en']", "at least 2"]),
    "no languages": ({"data": {"languages": []}}, ["data.languages=[]", "at least 2"]),
    "language twice": ({"data": {"languages": ["en", "en", "de"]}}, ["each language once"]),
    "language as text": ({"data": {"languages": "en"}}, ["data.languages='en'", "list"]),
    "left out": ({"zero_shot": {"left_out": ["ru"]}}, ["zero_shot.left_out", "'ru'", "'ko'"]),
    "left out twice": ({"zero_shot": {"left_out": ["ko", "ko"]}}, ["each language once"]),
    "stage": ({"stages": {"07_zeroshot": ["xnli"]}}, ["'07_zeroshot'", "'07_zero_shot'"]),
    "stage's task": ({"stages": {"07_zero_shot": ["xnly"]}}, ["'xnly'", "'xnli'"]),
    "tasks": ({"tasks": ["xnli", "mark"]}, ["'mark'", "'marc'"]),
    "per task, one missing": (
        {"data": {"train_per_language": {"xnli": 7}}},
        ["data.train_per_language", "no value for task 'pawsx'"],
    ),
    "per task, misspelt": (
        {"data": {"train_per_language": {"xnli": 7, "pawx": 8}}},
        ["data.train_per_language", "unknown task 'pawx': did you mean 'pawsx'?"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_value_is_refused_by_name_value_and_remedy(case):
    values, words = BAD[case]
    with pytest.raises(ValueError) as error:
        Study.of(values)
    for word in words:
        assert word in str(error.value)


def test_all_problems_are_told_at_once():
    with pytest.raises(ValueError, match="epochs=0.*batch_size=0"):
        Study.of({"training": {"epochs": 0, "batch_size": 0}})


def test_an_unknown_task_is_told_before_values_that_hang_on_it():
    with pytest.raises(ValueError, match="did you mean 'pawsx'"):
        Study.of({"task": "pawx", "training": {"learning_rate": {"pawsx": 1e-4}}})


def test_a_study_does_not_change():
    with pytest.raises(ValueError, match="frozen"):
        Study().seed = 2


@pytest.mark.parametrize("task", TASKS)
def test_a_value_may_be_given_per_task_at_any_depth(task):
    rates = {"xnli": 2e-5, "pawsx": 9e-6, "marc": 3e-5}
    sections = {name: {"epochs": n} for n, name in enumerate(TASKS, start=1)}
    study = Study.of({"task": task, "seed": {name: n for n, name in enumerate(TASKS)},
                      "training": {"learning_rate": rates}})  # fmt: skip
    assert study.training.learning_rate == rates[task]
    assert study.seed == list(TASKS).index(task)
    assert Study.of({"task": task, "training": sections}).training.epochs == study.seed + 1


def test_a_task_is_the_papers_unless_the_study_says_otherwise():
    assert Study(task="pawsx").languages == ["en", "fr", "de", "ko", "es"]
    assert Study(task="pawsx").left_out == ["ko", "es"]
    assert Study(task="xnli").left_out == ["ru", "es"]
    own = Study.of({"data": {"languages": ["ko", "en", "de"], "train_per_language": 40}})
    assert (own.languages, own.left_out, own.train_size) == (["ko", "en", "de"], ["ko"], 120)
    assert Study.of({"zero_shot": {"left_out": []}}).left_out == []


@pytest.mark.parametrize("task", TASKS)
def test_the_defaults_are_those_of_the_embedded_study(task):
    """So that what a file leaves out is what the plan, the notebooks and mini.yaml say."""
    shipped = Study.load("mini", task)
    assert Study.of({"task": task}) == Study(task=task) == shipped
    assert Study.of(
        {"task": task, "training": {"epochs": 2}}
    ).training == shipped.training.model_copy(update={"epochs": 2})


# ---- From a notebook ----


def test_a_script_gives_its_plain_values_without_underscore():
    script = {"task": "xnli", "seed": 3, "data": {"max_length": 64}}
    around = {"_": 5, "__name__": "__main__", "pytest": pytest, "f": len}
    assert Study.read(script | around) == Study.of(script)


def test_a_misspelt_parameter_of_a_script_stops_it():
    with pytest.raises(ValueError, match="'sead'.*did you mean 'seed'"):
        Study.read({"task": "xnli", "seed": 1, "sead": 3})


def after(*history: str) -> dict:
    """The variables of a session that ran these cells."""
    namespace: dict = {}
    for source in history:
        exec(source, namespace)
    return namespace | {"In": ["", *history]}


OWN = "# Parameters: a study\nstudy = 'mini'\ntask = 'pawsx'\nquality = {}\n"
PAPERMILL = "# Parameters\ntask = 'marc'\ntraining = {'epochs': 2 * 3}\n"


@pytest.mark.parametrize(
    "scratch", ["k = 5\nfoo = {}", "import json", "for task in ('xnli', 1): seed = 9", "study = 3"]
)
def test_scratch_variables_are_no_parameters(scratch):
    expected = Study.of({"task": "marc", "training": {"epochs": 6}})
    assert Study.read(after(scratch, OWN, PAPERMILL, scratch)) == expected


def test_an_unknown_parameter_from_papermill_is_refused_whatever_else_ran():
    with pytest.raises(ValueError, match="'trainnig'.*did you mean 'training'"):
        Study.read(after(OWN, "# Parameters\ntrainnig = {}", "k = 5"))


def test_a_parameter_cell_that_was_mended_and_run_again_is_read_as_it_is_now():
    misspelt = OWN + "sead = 3\n"
    with pytest.raises(ValueError, match="did you mean 'seed'"):
        Study.read(after(misspelt))
    assert Study.read(after(misspelt, OWN)) == Study()  # though `sead` is still a variable


def test_the_parameter_cell_that_was_run_last_decides():
    again = OWN.replace("pawsx", "xnli")
    assert Study.read(after(OWN, PAPERMILL, again)).task == "xnli"
    assert Study.read(after(OWN, PAPERMILL, again, PAPERMILL)).task == "marc"


def test_without_a_parameter_cell_a_session_says_what_to_run():
    with pytest.raises(ValueError, match='begins with "# Parameters" first'):
        Study.read(after("task = 'xnli'"))


# ---- From a file ----


def test_a_file_is_the_study_it_describes(tmp_path):
    values = {"study": "own", "tasks": ["xnli", "marc"]}
    values |= {"data": {"train_per_language": {"xnli": 60, "marc": 70}}}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    assert Study.load(tmp_path / "own.yaml", "marc").data.train_per_language == 70


def test_a_bare_name_is_a_study_that_ships(tmp_path, monkeypatch):
    studies = tmp_path / "notebooks" / "studies"
    studies.mkdir(parents=True)
    (studies / "small.yaml").write_text("study: small\n", encoding="utf-8")
    for folder in (tmp_path, tmp_path / "notebooks"):
        monkeypatch.chdir(folder)
        assert read_parameters("small") == {"study": "small"}


def test_a_file_that_is_not_there_is_named_with_the_remedy():
    with pytest.raises(ValueError, match=r"'no-such-study'.*\.yaml"):
        read_parameters("no-such-study")


def test_a_name_near_that_of_a_study_that_ships_is_told():
    with pytest.raises(ValueError, match="'minni'.*did you mean 'mini'"):
        read_parameters("minni")


BROKEN = {
    "a bracket": (b"study: a\ndata: {dataset: mini", ["line 2, column 21", "expected"]),
    "a tab": (b"study: a\n\tseed: 1", ["line 2, column 1", "cannot start any token"]),
    "an indent": (b"data:\n  dataset: mini\n max_length: 3", ["line 3, column 2"]),
    "a key twice": (b"seed: 1\ndata: {}\nseed: 2", ["line 3, column 1", "'seed' is named twice"]),
    "a tag": (b"seed: !!python/object:os.system {}", ["line 1, column 7", "constructor"]),
    "other encoding": ("study: a # schön".encode("cp1252"), ["UTF-8"]),
    "a control": (b"study: a\x00", ["special characters"]),
    "nothing": (b"", ["mapping"]),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_is_no_yaml_says_where(tmp_path, case):
    content, words = BROKEN[case]
    (tmp_path / "my study.yaml").write_bytes(content)
    with pytest.raises(ValueError) as error:
        read_parameters(tmp_path / "my study.yaml")
    for word in ("my study.yaml", *words):
        assert word in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_must_hold_names_and_values(tmp_path):
    (tmp_path / "list.yaml").write_text("- study\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"list\.yaml.*mapping"):
        read_parameters(tmp_path / "list.yaml")


# ---- What a study runs ----


def test_a_plan_is_the_papers_stages_of_each_task_in_order():
    steps = plan({})
    assert [stage for task, stage in steps if task == "pawsx"] == [
        stage for stage in STAGES if stage not in ("09_seeds", "11_counterfactual")
    ]
    assert {task for task, stage in steps if stage == "08_imbalance"} == {"pawsx"}


def test_a_plan_follows_the_studys_own_tasks_and_stages():
    steps = plan({"tasks": ["xnli"], "stages": {"07_zero_shot": ["xnli"], "03_quality": []}})
    assert {task for task, _ in steps} == {"xnli"}
    stages = [stage for _, stage in steps]
    assert "07_zero_shot" in stages
    assert "03_quality" not in stages


def test_a_plan_validates_every_task():
    with pytest.raises(ValueError, match="no value for task 'marc'"):
        plan({"training": {"epochs": {"xnli": 1, "pawsx": 1}}})
    for tasks in ("xnli", 5, True, None, {"a": 1}, []):
        with pytest.raises(ValueError, match=re.escape(f"tasks={tasks!r}: ")):
            plan({"tasks": tasks})


ODD = (5, 2.5, "x", ["a"], [["a"]], {"a": 1}, {"a": {"b": 1}}, None, True, [], "")


@pytest.mark.slow
@pytest.mark.parametrize("name", Study.model_fields)
def test_a_parameter_of_another_type_is_one_line_that_names_file_and_parameter(tmp_path, name):
    file = tmp_path / "odd.yaml"
    for value in ODD:
        file.write_text(yaml.safe_dump({name: value}), encoding="utf-8")
        try:
            read_parameters(file)
        except ValueError as error:
            assert re.match(rf"{re.escape(str(file))}: .*\b{name.removesuffix('s')}", str(error))
            assert "\n" not in str(error) and "dictionary" not in str(error)


def test_a_file_names_tasks_and_no_task(tmp_path):
    (tmp_path / "one.yaml").write_text("task: [xnli]\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"one\.yaml: task=\['xnli'\]: name the study's tasks as"):
        read_parameters(tmp_path / "one.yaml")


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
@pytest.mark.parametrize("name", ["learning_rate", "weight_decay", "warmup_ratio"])
def test_numbers_are_finite(name, number):
    with pytest.raises(ValueError, match=rf"training\.{name}={number}: give a finite"):
        Study.of({"training": {name: number}})
