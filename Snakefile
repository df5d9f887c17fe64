# The order of the stages: each executed notebook waits for those it reads from.
# snakemake --cores 2 --config study=notebooks/studies/mini.yaml
#
# A study that lists `seeds` runs whole with each, then 09_seeds says what they say together.
# With `--config shards=8` the scores are computed, and models trained anew, by 8 jobs a stage; with
# `gpus=8 --resources gpu=8` each job has a GPU of its own, on as many GPUs as there are.

import sys

from xlshare.data import hub
from xlshare.study.parameters import Study, plan, read_parameters, studies, with_seed

STUDY = config.get("study", "notebooks/studies/mini.yaml")
VALUES = read_parameters(STUDY)
PLAN = plan(VALUES)
BASE = Study.of({**VALUES, "task": PLAN[0][0]})
SEEDS = {one.study: seed for seed, one in BASE.by_seed.items()}

GPUS = int(config.get("gpus", 0))
SHARDS = int(config.get("shards", max(GPUS, 1)))

AFTER = {"01_finetune": [], "02_influence": ["01_finetune"]}  # all others read the scores
SHARDED = ["02_influence", "03_quality", "07_zero_shot", "08_imbalance"]
COMPUTING = ["01_finetune", *SHARDED]


def executed(study, task, stage):
    return f"{BASE.results}/{study}/{task}/notebooks/{stage}.ipynb"


def before(wild):
    """What a stage reads from: stages of its own seed, or of them all."""
    if wild.stage == "09_seeds":
        stages = [stage for task, stage in PLAN if task == wild.task and stage != "09_seeds"]
        return [executed(name, wild.task, stage) for name in SEEDS for stage in stages]
    stages = AFTER.get(wild.stage, ["02_influence"])
    return [executed(wild.study, wild.task, stage) for stage in stages]


def shards(wild):
    """The parts that a stage gathers."""
    numbers = range(1, SHARDS + 1) if wild.stage in SHARDED and SHARDS > 1 else ()
    parts = [f"shards/{wild.stage}-{number}-of-{SHARDS}" for number in numbers]
    return [executed(wild.study, wild.task, part) for part in parts]


def values(wild):
    """The parameters, as text: where they change, notebooks run again."""
    own = with_seed(VALUES, SEEDS[wild.study]) | {"task": wild.task}
    return str(Study.of(own).model_dump(exclude=set() if wild.stage == "09_seeds" else {"seeds"}))


def words(wild):
    """The command line's words for a job: its task, its seed, its GPUs."""
    gpus = f" --gpus {GPUS}" if GPUS and wild.stage in COMPUTING else ""
    return f"--task {wild.task} --seed {SEEDS[wild.study]}{gpus}"


onstart:
    try:
        hub.require(studies(VALUES))
    except ValueError as error:
        sys.exit(f"error: {error}")


wildcard_constraints:
    study="[A-Za-z0-9][^/]*",
    task="[a-z][a-z0-9_]*",
    stage="[0-9]{2}_[a-z_]+",
    shard="[0-9]+",


rule all:
    input:
        [
            executed(name, task, stage)
            for name in SEEDS
            for task, stage in PLAN
            if stage != "09_seeds" or name == BASE.study
        ],


rule stage:
    input:
        before,
        shards,
        notebook="notebooks/{stage}.ipynb",
    output:
        f"{BASE.results}/{{study}}/{{task}}/notebooks/{{stage}}.ipynb",
    params:
        values=values,
        words=words,
    threads: 1
    resources:
        gpu=lambda wild: int(wild.stage in COMPUTING),
    shell:
        "xlshare run {wildcards.stage} --study {STUDY:q} {params.words}"


rule shard:
    input:
        before,
        notebook="notebooks/{stage}.ipynb",
    output:
        f"{BASE.results}/{{study}}/{{task}}/notebooks/shards/{{stage}}-{{shard}}-of-{SHARDS}.ipynb",
    params:
        values=values,
        words=words,
    threads: 1
    resources:
        gpu=1,
    shell:
        "xlshare run {wildcards.stage} --study {STUDY:q} {params.words}"
        " --shard {wildcards.shard} --shards {SHARDS}"
