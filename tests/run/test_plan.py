"""The plan: what a study will do is counted right, and what it cannot do is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from small_studies import write_study

from xlshare.run import cli, costs, fingerprints, plan
from xlshare.run.costs import GPUS, HERE, Model, Rates
from xlshare.study import artifacts
from xlshare.study.parameters import Study, read_parameters, studies

RATES = Rates(train=1, predict=0, bank=0, score=0, pair=1, notebook=0, table=0, run=0)


def paper(task: str) -> Study:
    return next(s for s in studies(read_parameters("paper")) if s.task == task)


def step(study: Study, stage: str, rates: Rates = RATES) -> plan.Step:
    return next(one for one in plan.steps(study, rates) if one.stage == stage)


@pytest.mark.slow
def test_trainings_and_scores_of_the_paper_are_counted() -> None:
    pawsx = paper("pawsx")
    assert step(pawsx, "01_finetune").trainings == 1
    assert step(pawsx, "02_influence").scores == 5 * 125 * 10_000
    assert step(pawsx, "03_quality").trainings == 10 * 5 * 4
    assert step(pawsx, "07_zero_shot").trainings == 2
    assert step(pawsx, "07_zero_shot").scores == 2 * 5 * 25 * 8_000
    assert step(pawsx, "08_imbalance").trainings == 5 * 4
    assert step(pawsx, "08_imbalance").scores == 5 * 25 * 5 * sum(
        10_000 + 20 * percent for percent in (25, 50, 75, 100)
    )
    assert "10_planted" not in [one.stage for one in plan.steps(pawsx, RATES)]
    assert "08_imbalance" not in [one.stage for one in plan.steps(paper("xnli"), RATES)]


def test_halves_and_languages_are_trained_on_with_each_seed() -> None:
    study = Study.load("validity", "marc")
    counterfactual = step(study, "11_counterfactual")
    assert (counterfactual.trainings, counterfactual.scores) == ((100 + 2 * 5) * 2, 0)
    examples = 500 * (100 / 2 + 2 * 4) * 2  # a half each; all languages but one, or but a fold
    assert counterfactual.seconds == RATES.notebook + plan.checkpoints(study) * examples * (
        RATES.train
    )


def test_planted_truths_take_one_training_and_score_the_tests_and_those_of_the_cue() -> None:
    planted = step(Study.load("mini", "marc"), "10_planted")
    assert planted.trainings == 1 and planted.scores == 5 * (125 + 2 * 25) * 500


def test_seconds_follow_the_rates() -> None:
    study = paper("pawsx")
    epochs = 8  # the paper's best, and the patience behind it
    assert step(study, "01_finetune").seconds == epochs * 10_000
    assert step(study, "02_influence").seconds == 5 * 125 * (10_000 + costs.AUDITED)


@pytest.mark.parametrize("gpu", GPUS)
def test_the_engine_on_a_card_is_as_the_operations_say(gpu: str) -> None:
    """XLM-R base at 64 tokens: 2.7e15 operations for 10,000 x 125 x 5, if all tests fit at once."""
    study = paper("pawsx")
    rates = costs.on_gpu(study, plan.XLMR_BASE, 125, gpu)
    operations = GPUS[gpu].float32 * costs.scoring(rates, 10_000, 125, 5)
    once = 5 * (10_000 + costs.AUDITED) * rates.score * GPUS[gpu].float32
    assert operations - (rates.blocks - 1) * once == pytest.approx(2.7e15, rel=0.05)


def test_tests_that_do_not_fit_at_once_are_scored_in_blocks() -> None:
    study = paper("pawsx")
    blocks = {gpu: costs.on_gpu(study, plan.XLMR_BASE, 125, gpu).blocks for gpu in GPUS}
    assert blocks["H200"] == 1 < blocks["A100"] < blocks["RTX4090"]


def test_the_paper_is_planned_without_a_gpu_or_a_download(capsys) -> None:
    assert cli.main(["plan", "--study", "paper", "--gpu", "H200"]) == 0
    text = capsys.readouterr().out
    for words in ("one H200", "not measured", "FacebookAI/xlm-roberta-base (1.1 GB)", "XNLI",
                  "facebook/xnli", "hub does not answer", "GPU memory", "Together"):  # fmt: skip
        assert words in text


def test_an_encoder_of_unknown_size_is_measured_here_though_it_must_be_downloaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan.hub, "missing", lambda study: [(study.model, None)])
    monkeypatch.setattr(plan.hub, "require", lambda _: None)
    monkeypatch.setattr(plan, "rates_for", lambda *_: (RATES, plan.XLMR_BASE))
    assert "on this machine (measured just now)" in plan.report(read_parameters("laptop"), None)
    assert "on one A100" in plan.report(read_parameters("paper"), None)


def test_each_seed_is_all_of_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "rates_for", lambda *_: (RATES, plan.XLMR_BASE))
    values = read_parameters(write_study(tmp_path, "own", tasks=["marc"]))
    one, two = (plan.report(values | more, HERE) for more in ({}, {"seeds": [1, 4]}))
    hours = [float(re.search(r"Together.* ([\d.]+) h", text)[1]) for text in (one, two)]
    assert hours[1] == pytest.approx(2 * hours[0], abs=0.11)
    assert "with 2 seeds" in two and "own-seed-4" in two


def finished(study: Study, stage: str, seconds: float = 0.0) -> None:
    """Mark a stage as one that was run just now."""
    notebook = artifacts.folder_of(study) / f"notebooks/{stage}.ipynb"
    notebook.parent.mkdir(parents=True, exist_ok=True)
    notebook.touch()
    facts = {"stage": stage, "inputs": fingerprints.parts(study, stage), "seconds": seconds}
    artifacts.write_manifest(notebook, facts)
    artifacts.mark_done(study, stage, fingerprints.hash_of(study, stage))


def test_the_plan_says_what_runs_again_and_why(tmp_path: Path) -> None:
    (study,) = studies(read_parameters(write_study(tmp_path, "own", tasks=["marc"])))
    for stage in study.planned:
        finished(study, stage)
    longer = study.model_copy(update={"influence": study.influence.model_copy(update={"top_k": 9})})
    lines = [plan._line(step).partition("again, since ")[2] for step in plan.steps(longer, RATES)]
    changed = "this changed: influence.top_k (8 then, 9 now)"
    assert dict(zip(study.planned, lines)) == {
        "01_finetune": "",
        "02_influence": "",
        "03_quality": changed,
        "04_language_shares": changed,
        "10_planted": changed,
    }


def test_what_is_done_is_not_left(tmp_path: Path) -> None:
    study = next(iter(studies(read_parameters(write_study(tmp_path, "own", tasks=["marc"])))))
    finished(study, "01_finetune")
    assert [one.stage for one in plan.steps(study, RATES) if one.done] == ["01_finetune"]


@pytest.mark.study
def test_a_small_study_is_measured_here(tmp_path: Path) -> None:
    file = write_study(tmp_path, "own", tasks=["marc"])
    text = plan.report(read_parameters(file), HERE)
    assert "measured just now" in text and "To download: nothing" in text
    assert re.search(r"02_influence +– +\d", text)


# ---- Refused ----


def test_too_little_gpu_memory_is_refused() -> None:
    huge = Model(3e9, 2.8e9, 36, 2048, 64)
    with pytest.raises(ValueError, match=r"GPU memory, and one T4 has 16.0 GB.*batch_size"):
        plan.refuse_impossible(paper("xnli"), huge, "T4")


def test_too_little_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan.costs, "total_memory", lambda: 2e9)
    with pytest.raises(ValueError, match="GB of memory, and this machine has 2.0 GB"):
        plan.refuse_impossible(paper("xnli"), plan.XLMR_BASE, plan.HERE)


def test_too_little_disk_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten checkpoints stay, fourteen more lie there for a time; other tasks' stay too."""
    free = type("Usage", (), {"free": 28e9})
    monkeypatch.setattr(plan.shutil, "disk_usage", lambda _: free)
    plan.refuse_impossible(paper("xnli"), plan.XLMR_BASE, "H200")
    with pytest.raises(ValueError, match=r"28.7 GB of disk, and 28.0 GB are free.*results"):
        plan.refuse_impossible(paper("xnli"), plan.XLMR_BASE, "H200", before=2e9)


BAD = {
    "a GPU": ({}, "H20", "unknown GPU 'H20': did you mean 'H200'"),
    "a parameter": ({"trainings": {}}, HERE, "did you mean 'training'"),
    "too many rows": ({"data": {"train_per_language": 900}}, HERE, "900"),
    "a model": ({"model": "no/such-model"}, HERE, "no/such-model"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", BAD)
def test_an_impossible_study_is_refused(tmp_path: Path, case: str, capsys) -> None:
    changes, gpu, words = BAD[case]
    file = write_study(tmp_path, "own", **{"tasks": ["marc"], **changes})
    assert cli.main(["plan", "--study", str(file), "--gpu", gpu]) == 1
    assert words in capsys.readouterr().err
