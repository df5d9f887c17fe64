"""A study: the parameters of one run of the paper's analyses, validated before any compute.

Each parameter has one default, here; the embedded study `mini` is made of them. Parameters reach a
notebook as plain Python values in its `parameters` cell, where papermill overrides them. Papermill
only warns of a parameter that nobody reads; `Study.read` stops.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from xlshare.study.cells import parameters_of
from xlshare.study.tasks import TASKS, UNQUOTED, OwnTask, Task
from xlshare.study.yaml_file import read_mapping

# The stages in the order of the paper's sections, and the tasks that the paper ran each on; last,
# what it does not have.
STAGES = {
    "01_finetune": ("xnli", "pawsx", "marc"),
    "02_influence": ("xnli", "pawsx", "marc"),
    "03_quality": ("xnli", "pawsx", "marc"),
    "04_language_shares": ("xnli", "pawsx", "marc"),
    "05_reinforcement": ("xnli", "pawsx"),
    "06_dynamics": ("xnli", "pawsx"),
    "07_zero_shot": ("pawsx",),
    "08_imbalance": ("pawsx",),
    "09_seeds": (),  # of a study with several seeds: what they say together
    "10_planted": ("xnli", "pawsx", "marc"),
    "11_counterfactual": (),  # hundreds of retrains: where a study asks for them
}

PARALLEL_ONLY = ("05_reinforcement",)  # stages that ask for translations

STUDIES = Path("notebooks/studies")  # of the files that ship, seen from the project's folder

HUB_ID = r"[\w.-]+(/[\w.-]+)?"


def _no_truth(value: Any) -> Any:
    """A number is no truth value, though Python's True is 1."""
    if isinstance(value, bool):
        raise ValueError(f"give a number, not {str(value).lower()}")
    return value


NumberOnly = BeforeValidator(_no_truth)
Count = Annotated[int, Field(gt=0), NumberOnly]
CountOrAll = Count | Literal["all"]
Counts = Annotated[list[Count], Field(min_length=1)]
Share = Annotated[float, Field(gt=0, lt=1), NumberOnly]
Seed = Annotated[int, Field(ge=0), NumberOnly]
TaskName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Section(BaseModel):
    """A group of parameters; unknown names are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Data(Section):
    """Which examples (Sections 3 and 4.1)."""

    dataset: str = "mini"  # "mini", a hub id, a local folder in the hub's layout, or files
    revision: str | None = None  # the hub commit to pin
    config: str | None = None  # of a hub dataset whose languages do not have one each
    languages: list[str] | None = None  # None: the paper's five of the task
    train_per_language: Count = 100
    dev_per_language: CountOrAll = 50
    test_per_language: CountOrAll = 100  # the pool that correctly classified tests are taken from
    skip_empty: bool = False  # leave out what has an empty text, instead of refusing the data
    quoting: bool | None = None  # do quotation marks enclose cells? None: content decides
    max_length: Count = 128  # tokens per example, both texts together


class Training(Section):
    """How the classifier is fine-tuned (Section 4.1)."""

    learning_rate: Annotated[float, Field(gt=0), NumberOnly] = (
        2e-5  # `RATES` has those of some tasks
    )
    epochs: Count = 5
    patience: Count = 3  # epochs without a better dev accuracy before training stops
    batch_size: Count = 16
    weight_decay: Annotated[float, Field(ge=0), NumberOnly] = 0.01
    warmup_ratio: Annotated[float, Field(ge=0, lt=1), NumberOnly] = 0.1
    precision: Literal["float32", "tf32", "bfloat16"] = "float32"  # of fine-tuning, on a GPU


RATES = {"xnli": 5e-5}  # learning rates of tasks that come over some epochs only if they are faster


class Influence(Section):
    """How influence is scored (Section 4.2) and how long a top list is (Section 6)."""

    tests_per_language: CountOrAll = 25
    similarity: Literal["cosine", "dot"] = "cosine"
    precision: Literal["float32", "tf32", "bfloat16"] = "float32"
    top_k: Count = 10  # 2% of the training examples; the paper: 100 of 10,000, 1%


class Quality(Section):
    """Retraining without the strongest examples (Section 6, Appendix A)."""

    removals: Counts = [10, 25]  # the paper: 50, 100, 150, 200, 250
    tests: Count = 2  # test examples that are retrained for


class ZeroShot(Section):
    """Retraining without a language (Section 8.3)."""

    left_out: list[str] | None = None  # None: the most distant, and Spanish; of own tasks, all


class Imbalance(Section):
    """Retraining with more of a language (Section 8.4)."""

    extra_percent: Counts = [50, 100]  # the paper: 25, 50, 75, 100


class Planted(Section):
    """Truths that are planted in the training data, to be found again."""

    noise: Share = 0.2  # of one language's rows, which get another label
    cue: Annotated[str, Field(min_length=1)] = "QZ-7"  # begins rows of one language and label
    cue_share: Share = 0.5  # of the rows that could begin with it


class Counterfactual(Section):
    """Retraining on random halves of the training examples, and without each language."""

    subsets: Annotated[Count, Field(ge=3)] = 100
    seeds: Count = 2  # models that are trained on each


class Runtime(Section):
    """Where it runs; `threads` is fixed since sums depend on it in the last digit."""

    device: str = "auto"  # "auto", "cpu", "cuda", "cuda:1", ...
    threads: Count = 1


class Study(Section):
    """All parameters of one task of a study. See `notebooks/studies/` for whole ones.

    Paths (of results, datasets and models) are relative to the project's folder, wherever the
    study's file lies and whatever the working directory is.

    Raises:
        ValueError: on an unknown name or an impossible value, naming it and the nearest valid one.
    """

    study: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*$")] = "mini"
    own_tasks: dict[TaskName, OwnTask] = {}  # tasks that the paper does not have
    task: str = "pawsx"
    model: str = "mini"  # "mini", a hub id, or a folder written by save_pretrained
    model_revision: str | None = None  # the hub commit to pin
    data: Data = Data()
    training: Training = Training()
    influence: Influence = Influence()
    quality: Quality = Quality()
    zero_shot: ZeroShot = ZeroShot()
    imbalance: Imbalance = Imbalance()
    planted: Planted = Planted()
    counterfactual: Counterfactual = Counterfactual()
    seed: Seed = 1
    seeds: list[Seed] = []  # two or more: the whole study with each, `seed` being the first
    runtime: Runtime = Runtime()
    shard: Count = 1  # scores and retrains this part, from 1 ...
    shards: Count = 1  # ... to as many, each in a process or on a machine of its own
    tasks: Annotated[list[str], Field(min_length=1)] = list(
        TASKS
    )  # the tasks that the whole study runs
    stages: dict[str, list[str]] = {}  # stage -> tasks, where they are not the usual ones
    results: Annotated[str, Field(pattern=r"^[^{}]+$")] = "results"  # Snakemake's are { and }

    @model_validator(mode="before")
    @classmethod
    def _rate_of_the_task(cls, values: Any) -> Any:
        """The default learning rate is the task's."""
        rate = RATES.get(str(values.get("task"))) if isinstance(values, dict) else None
        training = values.get("training", {}) if rate else None
        if isinstance(training, dict) and "learning_rate" not in training:
            return values | {"training": training | {"learning_rate": rate}}
        return values

    @field_validator("own_tasks")
    @classmethod
    def _own_names(cls, own: dict[str, OwnTask]) -> dict[str, OwnTask]:
        for name in own:
            if name in TASKS or name in parameter_names():
                raise ValueError(f"{name!r} is a task of the paper or a parameter: name it anew")
        return own

    @field_validator("task")
    @classmethod
    def _known_task(cls, task: str, info: ValidationInfo) -> str:
        known = {**TASKS, **info.data.get("own_tasks", {})}
        if task not in known and "own_tasks" in info.data:  # else these are wrong, and told
            raise ValueError(f"unknown task {task!r}{nearest(task, known)}")
        return task

    @field_validator("tasks")
    @classmethod
    def _known_tasks(cls, tasks: list[str], info: ValidationInfo) -> list[str]:
        return [cls._known_task(task, info) for task in tasks]

    @field_validator("stages")
    @classmethod
    def _known_stages(
        cls, stages: dict[str, list[str]], info: ValidationInfo
    ) -> dict[str, list[str]]:
        for stage, tasks in stages.items():
            if stage not in STAGES:
                raise ValueError(f"unknown stage {stage!r}{nearest(stage, STAGES)}")
            cls._known_tasks(tasks, info)
        return stages

    @field_validator("seeds")
    @classmethod
    def _different_seeds(cls, seeds: list[int], info: ValidationInfo) -> list[int]:
        if len(set(seeds)) < len(seeds) or len(seeds) == 1:
            raise ValueError("name two or more, each once, or leave it out")
        if seeds and info.data.get("seed") != seeds[0]:
            raise ValueError(f"begin with seed={info.data.get('seed')}, or set `seed` to the first")
        return seeds

    @model_validator(mode="after")
    def _possible(self) -> Study:
        if self.task in self.own_tasks:
            _check_own_data(self.task, self.data)
        if self.stages.get("09_seeds") and not self.seeds:
            raise ValueError("stages.09_seeds: name several `seeds` too")
        for stage in PARALLEL_ONLY:
            if self.task in self.stages.get(stage, []) and not self.definition.parallel:
                raise ValueError(f"stages.{stage}: {self.task} has no translations to look for")
        _check_languages(self.languages, "data.languages", minimum=2)
        _check_languages(self.left_out, "zero_shot.left_out", among=self.languages)
        if self.shard > self.shards:
            raise ValueError(f"shard={self.shard} must be between 1 and shards={self.shards}")
        _check_size("influence.top_k", self.influence.top_k, self.train_size)
        _check_size("quality.removals", max(self.quality.removals), self.train_size)
        tests, pool = self.influence.tests_per_language, self.data.test_per_language
        if tests != "all" and pool != "all" and tests > pool:
            raise ValueError(
                f"influence.tests_per_language={tests} is more than "
                f"data.test_per_language={pool}, the pool they come from"
            )
        return self

    @property
    def definition(self) -> Task:
        """The task as data."""
        own = self.own_tasks.get(self.task)
        return own.task(self.task) if own else TASKS[self.task]

    @property
    def languages(self) -> list[str]:
        """The languages of this task, the paper's unless the study names its own."""
        named = self.data.languages
        return list(self.definition.languages if named is None else named)

    @property
    def left_out(self) -> list[str]:
        """The languages that zero-shot runs leave out; the paper's Korean and Spanish."""
        if self.zero_shot.left_out is not None:
            return self.zero_shot.left_out
        if self.task in self.own_tasks:
            return self.languages
        distant = [lang for lang in ("ko", "zh", "ru") if lang in self.languages]
        return [lang for lang in (*distant[:1], "es") if lang in self.languages]

    @property
    def train_size(self) -> int:
        """Number of training examples in all languages together."""
        return self.data.train_per_language * len(self.languages)

    @property
    def planned(self) -> list[str]:
        """The stages that this study runs on its task."""
        tasks = {stage: self.stages.get(stage, self._usual(stage)) for stage in STAGES}
        return [stage for stage in STAGES if self.task in tasks[stage]]

    def _usual(self, stage: str) -> tuple[str, ...]:
        """The tasks that a stage runs on: the paper's, and own ones that have what it asks for."""
        if not STAGES[stage]:
            return (self.task,) if stage == "09_seeds" and self.seeds else ()
        fits = self.definition.parallel or stage not in PARALLEL_ONLY
        return (*STAGES[stage], *(self.own_tasks if fits else ()))

    @property
    def by_seed(self) -> dict[int, Study]:
        """This study with each of its seeds, or with its one."""
        values = self.model_dump()
        others = {seed: Study.of(with_seed(values, seed)) for seed in self.seeds[1:]}
        return {self.seed: self} | others

    @classmethod
    def read(cls, namespace: Mapping[str, Any]) -> Study:
        """The study that a notebook's parameter cells describe; pass it `globals()`.

        Raises:
            ValueError: on an unknown or impossible parameter, or if no parameter cell was run.
        """
        return cls.of(parameters_of(namespace))

    @classmethod
    def load(cls, path: str | Path, task: str) -> Study:
        """The study of a parameter file such as `notebooks/studies/mini.yaml`, for one task."""
        return cls.of(read_parameters(path) | {"task": task})

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Study:
        """Validated parameters; a value may be given per task, as {"xnli": ..., "pawsx": ...}."""
        task = values.get("task", cls.model_fields["task"].default)
        own = values.get("own_tasks", {})
        known = {*TASKS, *(own if isinstance(own, Mapping) else ())}
        if not (isinstance(task, str) and task in known):
            values = {"own_tasks": own, "task": task}  # to mend first: other values may hang on it
        plain = {
            name: value if name == "own_tasks" else _for_task(value, task, str(name), known)
            for name, value in values.items()
        }
        try:
            return cls.model_validate(plain)
        except ValidationError as error:
            raise ValueError(_explain(error)) from None


def read_parameters(path: str | Path) -> dict[str, Any]:
    """The parameter file at `path` as a mapping; a bare name means one in `notebooks/studies/`.

    Raises:
        ValueError: there is none, it is no mapping in YAML (names line and column), or the study
            that it describes is impossible; names the file.
    """
    if file := study_file(path):
        return _checked(read_mapping(file), file)
    names = {file.stem for home in _homes() for file in home.glob("*.yaml")} or {"mini"}
    raise ValueError(
        f"no study file at {str(path)!r}: name a .yaml file, or one in {STUDIES}"
        f"{nearest(str(path), names)}"
    )


def _checked(values: dict[str, Any], file: Path) -> dict[str, Any]:
    """The parameters of a file whose study is possible."""
    try:
        if "task" in values:
            raise ValueError(f"task={values['task']!r}: name the study's tasks as `tasks: [...]`")
        studies(values)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
    return values


def study_file(path: str | Path) -> Path | None:
    """The parameter file that a path or a bare name means, if there is one."""
    files = (Path(path), *(home / f"{path}.yaml" for home in _homes()))
    return next((file for file in files if file.is_file()), None)


def _homes() -> list[Path]:
    """Where studies that ship may lie, seen from the working directory."""
    here = Path.cwd()
    return [home / STUDIES for home in (here, *here.parents, project_root())]


def project_root() -> Path:
    """The project's folder, seen from the working directory.

    From elsewhere, the one that this module lies in; where it was installed without one, the
    working directory.
    """
    here, module = Path.cwd(), Path(__file__).resolve().parents[2]
    homes = (path for path in (here, *here.parents, module) if (path / "_toc.yml").is_file())
    return next(homes, here)


def located(name: str) -> str:
    """A dataset's or model's path from the project's folder; "mini" and hub ids as they are."""
    path = project_root() / name
    is_path = name != "mini" and (path.exists() or "{" in name)
    return str(path) if is_path else name


def is_on_hub(name: str) -> bool:
    """Whether a dataset's or model's name is that of something on the hub."""
    return name != "mini" and located(name) == name and re.fullmatch(HUB_ID, name) is not None


def no_folder(name: str) -> str:
    """What to say of a path where no folder is; "" of one that is there, and of a hub id."""
    if name == "mini" or is_on_hub(name) or Path(located(name)).is_dir():
        return ""
    slashes = ", with / for \\" if "\\" in name else ""
    return f"no such folder as {located(name)!r}: name a local folder that is there{slashes}"


def plan(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The (task, stage) pairs that a parameter file runs, each task's parameters validated."""
    return [(study.task, stage) for study in studies(values) for stage in study.planned]


def studies(values: Mapping[str, Any]) -> list[Study]:
    """The study of each task that a parameter file names; of its own tasks, where it names none."""
    own = values.get("own_tasks")
    tasks = values.get("tasks")
    if not isinstance(tasks, list) or not tasks:  # of another type, Study refuses them
        tasks = list(own if isinstance(own, dict) and own else TASKS)
    for task in tasks:
        if not isinstance(task, str):
            raise ValueError(f"tasks: {task!r} is no task's name: give texts, as [xnli, pawsx]")
    return [Study.of({**values, "task": task}) for task in tasks]


def with_seed(values: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The parameters of a study with one of its seeds; all but the first have their own results.

    Raises ValueError if the study does not have this seed.
    """
    name, first, seeds = (
        values.get(key, Study.model_fields[key].default) for key in ("study", "seed", "seeds")
    )
    if seed == first:
        return dict(values)
    if seed not in seeds:
        raise ValueError(f"seed={seed} is none of seeds={seeds or [first]}")
    alone = {key: value for key, value in values.items() if key != "seeds"}
    if "stages" in alone:
        stages = {stage: tasks for stage, tasks in alone["stages"].items() if stage != "09_seeds"}
        alone |= {"stages": stages}
    return alone | {"study": f"{name}-seed-{seed}", "seed": seed}


def _for_task(value: Any, task: str, place: str, known: set[str]) -> Any:
    """Replace every {task: value} mapping by the value of this task."""
    if not isinstance(value, dict):
        return value
    if not set(value) & known:
        return {k: _for_task(v, task, f"{place}.{k}", known) for k, v in value.items()}
    for name in set(value) - known:
        raise ValueError(f"{place}={value}: unknown task {name!r}{nearest(name, known)}")
    if task not in value:
        raise ValueError(f"{place}={value}: no value for task {task!r}: add one")
    return _for_task(value[task], task, place, known)


MAPPING = "give a mapping of names to values, or leave it out"
EXPECTED = {  # what pydantic says in words of its own
    "model_type": MAPPING,
    "dict_type": MAPPING,
    "list_type": "give a list, as [one, another], or leave it out",
    "too_short": "name at least one",
    "string_type": "give a text (a string)",
    "int_type": "give a whole number",
    "int_parsing": "give a whole number",
    "int_parsing_size": "give a smaller whole number",
    "int_from_float": "give a whole number",
    "float_type": "give a number",
    "float_parsing": "give a number",
    "bool_type": "give true or false",
    "bool_parsing": "give true or false",
    "invalid_key": "give a name that is a text (a string)",
}
PATTERNS = {  # of texts, in words
    r"^[A-Za-z0-9][\w.-]*$": "give letters, digits, '_', '.', '-' alone, and none of . _ - first",
    r"^[a-z][a-z0-9_]*$": "give small letters, digits and '_' alone, a letter first",
    r"^[^{}]+$": "name a folder, without braces",
}


def _explain(error: ValidationError) -> str:
    """One line a problem: the parameter, what is wrong, the nearest valid name."""
    found: dict[str, list[str]] = {}
    for problem in error.errors():
        place = [str(part) for part in problem["loc"] if "[" not in str(part)]
        head, message = _problem(place, problem)
        found.setdefault(head, []).append(message)
    return "; ".join(head + ", or ".join(dict.fromkeys(said)) for head, said in found.items())


def _problem(place: list[str], problem: Any) -> tuple[str, str]:
    """The parameter, and what is wrong with it; of several forms of a value, each says its own."""
    name, kind = ".".join(place), problem["type"]
    if kind == "extra_forbidden":
        return f"unknown parameter {name!r}", nearest(place[-1], _names(place[:-1]))
    if kind == "missing":
        return f"{name} is missing", ", and has no default"
    message = problem["msg"].removeprefix("Value error, ").replace("Input should be", "give", 1)
    message = EXPECTED.get(kind, message)
    if kind == "string_pattern_mismatch":
        message = PATTERNS[problem["ctx"]["pattern"]]
    if kind == "string_type" and isinstance(problem["input"], bool):
        message = UNQUOTED
    message = re.sub("^give (?=greater|less)", "give a number ", str(message))
    return (f"{name}={problem['input']!r}: " if place else ""), message


def _names(place: Iterable[str]) -> list[str]:
    """The parameters' names in a section."""
    section: Any = Study
    for part in place:
        if not hasattr(section, "model_fields"):  # a mapping of names to sections
            section = get_args(section)[1]
        else:
            section = section.model_fields[part].annotation
    return list(section.model_fields)


def parameter_names() -> set[str]:
    """All names of parameters and of their sections."""
    sections: list[Any] = [field.annotation for field in Study.model_fields.values()]
    inner = [section for section in sections if hasattr(section, "model_fields")]
    return {name for section in (Study, *inner) for name in section.model_fields}


def nearest(name: str, valid: Iterable[str]) -> str:
    """A remedy to append to an error about a wrong name."""
    valid = sorted(valid)
    close = difflib.get_close_matches(str(name), valid, n=1, cutoff=0.5)
    return f": did you mean {close[0]!r}?" if close else f": choose among {', '.join(valid)}"


def _check_languages(
    languages: list[str], place: str, among: list[str] | None = None, minimum: int = 0
) -> None:
    if len(set(languages)) < len(languages):
        raise ValueError(f"{place}={languages}: name each language once")
    if len(languages) < minimum:
        raise ValueError(f"{place}={languages}: name at least {minimum} languages")
    for lang in languages:
        if among is not None and lang not in among:
            raise ValueError(f"{place}: {lang!r} is not a language of this study ({among})")


def _check_own_data(task: str, data: Data) -> None:
    if data.dataset == "mini":
        raise ValueError(
            f"data.dataset='mini' has no task {task!r}: name your files, a folder or a hub id"
        )
    if data.languages is None:
        raise ValueError(f"data.languages: name the languages of your task {task!r}, two or more")


def _check_size(place: str, k: int, train_size: int) -> None:
    if k >= train_size:
        raise ValueError(f"{place}={k} must be less than the {train_size} training examples")
