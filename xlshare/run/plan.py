"""What a study will do and cost, before it does it: `xlshare plan --study paper`.

For each task and stage: models trained, scores, seconds; and for the whole what is downloaded, how
much memory and disk it takes, what is done already. Nothing is computed that a result depends on.
Impossible studies are refused: bad parameters, data or models that are not there or not as the
study needs them (as far as they can be reached), too little disk or GPU memory.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from xlshare.data import hub
from xlshare.run import costs, fingerprints
from xlshare.run.costs import GPUS, HERE, Model, Rates
from xlshare.study.artifacts import folder_of
from xlshare.study.parameters import CountOrAll, Study, nearest, project_root, studies

COMPUTING = (
    "01_finetune",
    "02_influence",
    "03_quality",
    "07_zero_shot",
    "08_imbalance",
    "10_planted",
    "11_counterfactual",
)

XLMR_BASE = Model(278_045_186, 85_648_130, 12, 768, 64)
KNOWN_MODELS = {"FacebookAI/xlm-roberta-base": XLMR_BASE}  # without a download
TOKENS = {"xnli": 48, "pawsx": 66, "marc": 44}  # of a text, mean, with XLM-R's tokenizer
WHOLE = {"xnli": 5010, "pawsx": 2000, "marc": 4000}  # usable test rows of a language
USED = {"xnli": 4, "pawsx": 5, "marc": 5}  # checkpoints of the paper's runs (Section 4.1)


@dataclass(frozen=True)
class Step:
    """One stage of one task: trainings, scores, seconds, whether it is done, or what changed."""

    task: str
    stage: str
    trainings: int
    scores: float
    seconds: float
    done: bool
    changes: tuple[str, ...] = ()


def steps(study: Study, rates: Rates) -> list[Step]:
    """The stages of one task with what each costs."""
    parts = {
        "01_finetune": lambda: _fine_tuning(study, rates),
        "02_influence": lambda: _influence(study, rates),
        "03_quality": lambda: _quality(study, rates),
        "07_zero_shot": lambda: _zero_shot(study, rates),
        "08_imbalance": lambda: _imbalance(study, rates),
        "10_planted": lambda: _planted(study, rates),
        "11_counterfactual": lambda: _counterfactual(study, rates),
    }
    found = []
    waiting = [stage for one, stage in fingerprints.waiting(study) if one.study == study.study]
    for stage in sorted({*study.planned, *waiting}):
        trainings, scores, seconds = parts.get(stage, lambda: (0, 0, 0.0))()
        start = rates.notebook if stage in COMPUTING else rates.table
        done = stage not in waiting
        changes = () if done else tuple(fingerprints.changes(study, stage))
        found.append(Step(study.task, stage, trainings, scores, seconds + start, done, changes))
    return found


def checkpoints(study: Study) -> int:
    """How many checkpoints are summed over: what the paper's runs used, or all epochs."""
    return min(study.training.epochs, USED.get(study.task, study.training.epochs))


def epochs(study: Study) -> int:
    """How many epochs are trained: those that are used, and the patience behind them."""
    return min(study.training.epochs, checkpoints(study) + study.training.patience)


def count(study: Study, asked: CountOrAll) -> int:
    """Examples per language; of "all", as many as the paper's test sets hold."""
    return WHOLE.get(study.task, 2000) if asked == "all" else asked


def tests(study: Study) -> int:
    """Test examples that are scored, of all languages."""
    asked = study.influence.tests_per_language
    each = count(study, asked) * (0.85 if asked == "all" else 1)  # those that are classified right
    return round(each) * len(study.languages)


def _train(study: Study, rates: Rates, train: float) -> float:
    dev = count(study, study.data.dev_per_language) * len(study.languages)
    return costs.fine_tuning(study, rates, train, dev, epochs(study))


def _fine_tuning(study: Study, rates: Rates) -> tuple[int, float, float]:
    pool = count(study, study.data.test_per_language) * len(study.languages)
    return 1, 0, _train(study, rates, study.train_size) + pool * rates.predict


def _influence(study: Study, rates: Rates) -> tuple[int, float, float]:
    scores = checkpoints(study) * tests(study) * study.train_size
    scored = costs.scoring(rates, study.train_size, tests(study), checkpoints(study))
    return 0, scores, scored + rates.run


def _quality(study: Study, rates: Rates) -> tuple[int, float, float]:
    number = 4 * study.quality.tests * len(study.quality.removals)
    seconds = checkpoints(study) * study.train_size * rates.train + 1
    return number, 0, number * seconds


def _zero_shot(study: Study, rates: Rates) -> tuple[int, float, float]:
    languages, left = len(study.languages), len(study.left_out)
    train = study.train_size * (languages - 1) / languages
    return _retrained(study, rates, [train] * left)


def _imbalance(study: Study, rates: Rates) -> tuple[int, float, float]:
    sizes = [
        study.train_size + study.data.train_per_language * percent / 100
        for percent in study.imbalance.extra_percent
        for _ in study.languages
    ]
    return _retrained(study, rates, sizes)


def _planted(study: Study, rates: Rates) -> tuple[int, float, float]:
    each = round(tests(study) / len(study.languages))  # with the cue, and without it at most
    return _retrained(study, rates, [study.train_size], tests(study) + 2 * each)


def _counterfactual(study: Study, rates: Rates) -> tuple[int, float, float]:
    halves, seeds = study.counterfactual.subsets, study.counterfactual.seeds
    languages = len(study.languages)
    examples = study.train_size * (halves / 2 + 2 * (languages - 1))  # and as many folds
    seconds = checkpoints(study) * examples * rates.train * seeds
    return (halves + 2 * languages) * seeds, 0, seconds


def _retrained(
    study: Study, rates: Rates, sizes: list[float], each: int | None = None
) -> tuple[int, float, float]:
    """`each`: the tests that every run scores, by default those of one language."""
    each = each or round(tests(study) / len(study.languages))
    scores = sum(checkpoints(study) * each * size for size in sizes)
    seconds = sum(
        _train(study, rates, size)
        + costs.scoring(rates, size, each, checkpoints(study))
        + rates.run
        for size in sizes
    )
    return len(sizes), scores, seconds


# ---- What must be there ----------------------------------------------------------------------


def kept(study: Study, model: Model) -> float:
    """Bytes that stay on the disk: the base runs' checkpoints, and the scores."""
    scores = 4 * checkpoints(study) * tests(study) * study.train_size
    return len(study.by_seed) * (study.training.epochs * 4 * model.parameters + scores)


def passing(study: Study, model: Model) -> float:
    """Bytes that lie on the disk for a time: a retrained run's checkpoints until it is scored.

    While a run trains, the optimizer's state lies beside its last two checkpoints.
    """
    return (study.training.epochs + 4) * 4 * model.parameters


def refuse_impossible(study: Study, model: Model, gpu: str, before: float = 0.0) -> None:
    """Raise ValueError where the GPU, this machine's memory or the disk is too small.

    `before`: bytes that the study's other tasks keep on the disk.
    """
    needs = costs.training_memory(study, model)
    if gpu in GPUS and needs > GPUS[gpu].memory:
        raise ValueError(
            f"{study.task}: fine-tuning takes about {size(needs)} of GPU memory, and one {gpu} has "
            f"{size(GPUS[gpu].memory)}: lower training.batch_size or data.max_length, or name "
            f"another card ({', '.join(GPUS)})"
        )
    if gpu == HERE and needs > costs.total_memory():
        raise ValueError(
            f"{study.task}: fine-tuning takes about {size(needs)} of memory, and this machine has "
            f"{size(costs.total_memory())}: lower training.batch_size or data.max_length, or take "
            "a larger machine"
        )
    free = shutil.disk_usage(project_root()).free
    if (needs := before + kept(study, model) + passing(study, model)) > free:
        raise ValueError(
            f"{study.task}: checkpoints and scores take about {size(needs)} of disk, and "
            f"{size(free)} are free: lower training.epochs, or point `results` to a larger disk"
        )


# ---- For readers -----------------------------------------------------------------------------


def rates_for(
    study: Study, gpu: str, before: tuple[Rates, Model] | None = None
) -> tuple[Rates, Model]:
    """Measured on this machine, once for all tasks, or a card's by arithmetic."""
    if gpu == HERE:
        return costs.on_other_texts(study, *before) if before else costs.measured(study)
    known = KNOWN_MODELS.get(study.model) or costs.measured(study)[1]
    described = Model(known.parameters, known.backbone, known.layers, known.hidden, tokens(study))
    return costs.on_gpu(study, described, tests(study), gpu), described


def tokens(study: Study) -> float:
    """Mean tokens of a text, where they are known; half of the limit elsewhere."""
    return min(study.data.max_length, TOKENS.get(study.task, study.data.max_length / 2))


def report(values: dict, gpu: str | None) -> str:
    """The whole plan as text.

    Raises ValueError where the study cannot work.
    """
    planned = studies(values)
    missing = {what: cost for study in planned for what, cost in hub.missing(study)}
    known = all(study.model in KNOWN_MODELS for study in planned)
    gpu = gpu or ("A100" if missing and known else HERE)
    if gpu not in (*GPUS, HERE):
        raise ValueError(f"unknown GPU {gpu!r}{nearest(gpu, [*GPUS, HERE])}")
    if gpu == HERE or not known:
        hub.require(planned)  # what is measured must be here
    lines, left, together, full = [], 0.0, 0.0, 0.0
    first: tuple[Rates, Model] | None = None
    for study in planned:
        rates, model = first = rates_for(study, gpu, first)
        refuse_impossible(study, model, gpu, full)
        full += kept(study, model)
        by_seed = [steps(one, rates) for one in study.by_seed.values()]
        lines += [*_of_task(study, model, rates, gpu), *map(_line, by_seed[0]), ""]
        together += sum(step.seconds for table in by_seed for step in table)
        left += sum(step.seconds for table in by_seed for step in table if not step.done)
    foot = _foot(together, left, full, planned)
    return "\n".join([*_head(planned[0], missing, gpu), *lines, *foot])


def _head(study: Study, missing: dict[str, float | None], gpu: str) -> list[str]:
    rates = "measured just now" if gpu == HERE else "arithmetic, not measured; a guide, no promise"
    lines = [f"Study {study.study}, on {'this machine' if gpu == HERE else f'one {gpu}'} ({rates})"]
    names = [
        f"{what} ({size(cost) if cost else 'of unknown size'})" for what, cost in missing.items()
    ]
    away = " (but the hub does not answer from here)" if missing and not hub.answers() else ""
    return [*lines, f"To download: {', '.join(names) or 'nothing'}{away}", ""]


def _of_task(study: Study, model: Model, rates: Rates, gpu: str) -> list[str]:
    languages = ", ".join(study.languages)
    facts = (
        f"  {study.train_size:,} training examples, {tests(study):,} tests, up to "
        f"{checkpoints(study)} checkpoints of {model.parameters / 1e6:,.1f} million parameters, "
        f"{model.tokens:.0f} tokens per text"
    )
    total = GPUS[gpu].memory if gpu in GPUS else costs.total_memory()
    kind = "GPU memory" if gpu in GPUS else "memory"
    passes = f" in {rates.blocks} passes" if rates.blocks > 1 else ""
    needs = (
        f"  {kind} {size(costs.training_memory(study, model))} to fine-tune, "
        f"{size(costs.scoring_memory(study, model, tests(study), total))} to score{passes}; "
        f"disk {size(kept(study, model))}, for a time {size(passing(study, model))} more"
    )
    head = f"  {'stage':<20}{'trainings':>10}{'scores':>16}{'time':>12}"
    return [f"{study.definition.title} ({languages})", facts, needs, head]


def _line(step: Step) -> str:
    again = f"  again, since this changed: {'; '.join(step.changes)}" if step.changes else ""
    done = "  done" if step.done else again
    scores = f"{step.scores:,.0f}" if step.scores else "–"
    trainings = step.trainings or "–"
    return f"  {step.stage:<20}{trainings:>10}{scores:>16}{duration(step.seconds):>12}{done}"


def _foot(together: float, left: float, full: float, planned: list[Study]) -> list[str]:
    done = "" if left == together else f", of which {duration(left)} are left"
    homes = [str(folder_of(one).parent) for one in planned[0].by_seed.values()]
    seeds = f" with {len(homes)} seeds" if len(homes) > 1 else ""
    return [
        f"Together{seeds} {duration(together)}{done}, one after the other; {size(full)} of disk.",
        f"Results: {', '.join(homes)}",
    ]


def duration(seconds: float) -> str:
    """Seconds for readers."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def size(number: float) -> str:
    """Bytes for readers."""
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"
