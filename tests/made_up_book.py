"""Made-up results for the book: all that a chapter quotes, hostile text wherever it fits."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import nbformat
import pandas as pd
import plotly.graph_objects as go
import plotly_figures
import run_html
import study_results
import xarray as xr
from made_up_scores import made_up_scores, training_set
from nbformat import v4

from xlshare import confidence, distributions, dynamics, overlap, rankings
from xlshare.artifacts import Run
from xlshare.scores import DIMS, ScoreStore
from xlshare.study import Study

ROOT = Path(__file__).resolve().parents[1]
HOSTILE = "</script><script>document.title='stolen'</script><img src=x onerror=alert(1)>&amp;"
STUDY = {"study": "made-up", "influence": {"top_k": 10}}


def chapters() -> str:
    return "\n".join(path.read_text("utf-8") for path in (ROOT / "book").rglob("[!_]*.md"))


def asked_columns(kind: str) -> dict[str, list[run_html.Column]]:
    """What the chapters show of each table, or of each stage's numbers."""
    asked: dict[str, list[run_html.Column]] = {}
    blocks = re.findall(rf"{{{kind}}} (?:\*/)?(\w+)\n---\n(.*?)---\n", chapters(), re.S)
    for name, options in blocks:
        spec = options.partition("columns: |\n")[2]
        names = re.findall(r"^\s*(\w+) =", spec, re.M)
        asked.setdefault(name, []).extend(run_html.read_columns(spec, names))
    return asked


def value(style: str) -> dict[str, float | str]:
    """A value that fits a style, and its interval by the endings of their names."""
    return {"": HOSTILE} if style == "text" else {"": 0.5, "_low": 0.25, "_high": 0.75}


def asked_numbers(task: str, stage: str) -> dict[str, float | str]:
    text = chapters()
    roles = re.findall(rf"{{(?:run|tasks)}}`(?:{task}/|@task/)?{stage}:(\w+)\|?([^`]*)`", text)
    compared = re.findall(rf"{{(?:word|tally)}}`(?:@task/)?{stage}:(\w+) vs ([a-z]\w+)?", text)
    columns = [(column.name, column.style) for column in asked_columns("run-numbers")[stage]]
    pairs = [(name, style or "text") for name, style in roles] + columns
    pairs += [(name, "percent") for names in compared for name in names if name]
    return {name + end: number for name, style in pairs for end, number in value(style).items()}


@cache
def drawn_from() -> dict[str, pd.DataFrame]:
    """The tables behind the figures, as the stages save them, of made-up scores."""
    train = training_set()
    by_epoch = made_up_scores(train, epochs=3)
    scores = rankings.summed(by_epoch)
    top = rankings.top_of_both_signs(scores, 8)
    shares = rankings.language_shares(top, train["lang"])
    kinds = ("proponents", "opponents", "random like proponents", "random like opponents")
    retrained = pd.DataFrame(
        {"test": HOSTILE, "test_lang": "en", "k": 5, "removed": kind, "change": 0.1}
        for kind in kinds
    )
    epochs = pd.DataFrame({"epoch": [1, 2], "lang": "all", "accuracy": 0.5})
    return {
        "history": epochs.assign(chosen=epochs["epoch"] == 2),
        "influence_histogram": distributions.histogram_by_label(scores),
        "quality_changes": confidence.mean_change(retrained),
        "quality_beyond_random": confidence.against_control(retrained),
        "language_shares_top": shares,
        "language_shares_curve": rankings.own_share_curve(scores, [1, 5]),
        "language_shares_averages": distributions.average_scores(scores),
        "language_shares_histogram": distributions.score_histogram(scores),
        "reinforcement_long": overlap.reinforcement(top, train),
        "dynamics_shares": dynamics.shares_by_epoch(by_epoch, 8),
        "zero_shot_shares": shares.assign(model="without"),
        "imbalance_shares": shares.assign(extra=0),
    }


def save_stage(task: str, stage: str, home: Path) -> None:
    run = Run(Study(**STUDY, task=task, results=str(home)), stage)
    run.save_numbers(stage, asked_numbers(task, stage))
    for name in set(re.findall(r"{run-figure} \*/(\w+)", chapters())):
        if study_results.stage_of(name) == stage:
            bars = go.Bar(x=["a", HOSTILE], y=[1, 2], name=HOSTILE, hovertext=HOSTILE)
            run.save_figure(name, go.Figure(bars, {"xaxis": {"title": {"text": HOSTILE}}}))
    for name, data in re.findall(r"{run-figure} \*/(\w+)\n---\nname: .*\ndata: (\w+)", chapters()):
        if study_results.stage_of(name) == stage:
            run.save_table(data, drawn_from()[data])
    for name in set(re.findall(r"{run-table} \*/(\w+)", chapters())):
        columns = asked_columns("run-table").get(name, [])
        if study_results.stage_of(name) == stage:
            cells = {c.name + end: [v, v] for c in columns for end, v in value(c.style).items()}
            run.save_table(name, pd.DataFrame(cells or {"test": [HOSTILE], "German": [0.5]}))
    if stage == "02_influence":
        save_scores(run)
    save_notebook(run)


def save_scores(run: Run) -> xr.DataArray:
    """Scores of three epochs, and examples whose texts are hostile."""
    parallel = run.study.definition.parallel
    train = training_set().assign(split="train")
    train["group"] = train["group" if parallel else "id"]
    scores = made_up_scores(train, epochs=3)
    test = {"id": scores["test"], "lang": scores["test_lang"], "group": scores["test_group"]}
    tests = pd.DataFrame(test | {"label": scores["test_label"], "split": "test"})
    examples = pd.concat([train, tests], ignore_index=True)
    examples["text_a"] = examples["id"] + " one " + HOSTILE
    examples["text_b"] = examples["id"] + " two " + HOSTILE if parallel else None
    run.save_examples(examples)
    coords = {name: scores[name] for name in scores.coords}
    store = ScoreStore.open(run.path("influence.zarr"), coords, {"similarity": "cosine"}, 8)
    for epoch in range(scores.sizes["checkpoint"]):
        values = scores.values[epoch]
        store.write(epoch, *(slice(0, scores.sizes[dim]) for dim in DIMS[1:]), values)
    store.finish()
    run.sign("influence.zarr")
    return scores


def save_notebook(run: Run) -> None:
    figure = json.loads(go.Figure(go.Scatter(y=[1, 2])).to_json())
    shown = v4.new_output("display_data", {plotly_figures.MIME: figure})
    noise = v4.new_output("stream", name="stderr", text="a warning of some library")
    cells = [
        v4.new_markdown_cell(f"# {run.stage} of {run.study.task}"),
        v4.new_code_cell("task = 'x'", metadata={"tags": ["parameters"]}),
        v4.new_code_cell(f"task = {run.study.task!r}", metadata={"tags": ["injected-parameters"]}),
        v4.new_code_cell("show(figure)", outputs=[noise, shown], execution_count=1)
        if run.stage == "04_language_shares"
        else v4.new_code_cell("print('done')"),
    ]
    path = run.path(f"notebooks/{run.stage}.ipynb")
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(v4.new_notebook(cells=cells, metadata={"widgets": {"a": {}}}), path)
    run.sign(f"notebooks/{run.stage}.ipynb")
