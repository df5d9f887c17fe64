# The order of the stages: each executed notebook waits for those it reads from.
# snakemake --cores 2 --rerun-triggers software-env --config study=notebooks/studies/mini.yaml
#
# A stage's target is a stamp whose name is the hash of what the stage is made of (parameters,
# examples, model, code), so that a changed one, and no date of a file, runs it again.
#
# A study that lists `seeds` runs whole with each, then 09_seeds says what they say together.
# With `--config shards=8` the scores are computed, and models trained anew, by 8 jobs a stage; with
# `gpus=8 --resources gpu=8` each job has a GPU of its own, on as many GPUs as there are. The profiles
# notebooks/slurm, notebooks/kubernetes and notebooks/cluster send the same jobs to a cluster.

import sys

from xlshare.data import hub
from xlshare.run import fingerprints, lock
from xlshare.study.artifacts import folder_of
from xlshare.study.parameters import read_parameters, studies

STUDY = config.get("study", "notebooks/studies/mini.yaml")
PLANNED = studies(read_parameters(STUDY))
BASE = PLANNED[0]
RUNS = {
    (one.study, one.task): (one, seed)
    for study in PLANNED
    for seed, one in study.by_seed.items()
}
RESULTS = folder_of(BASE).parents[1]

GPUS = int(config.get("gpus", 0))
SHARDS = int(config.get("shards", max(GPUS, 1)))

SHARDED = ["02_influence", "03_quality", "07_zero_shot", "08_imbalance", "11_counterfactual"]
COMPUTING = ["01_finetune", *SHARDED, "10_planted"]


def done(study, task, stage, shard=""):
    """The stamp of a stage; one whose notebook is gone is no stamp."""
    one, _ = RUNS[study, task]
    stamp = fingerprints.stamp(one, stage, shard)
    if not shard and stamp.is_file() and not fingerprints.is_done(one, stage):
        stamp.unlink()
    return str(stamp)


def before(wild):
    """What a stage reads from: stages of its own seed, or of them all."""
    if wild.stage == "09_seeds":
        runs = [one for (_, task), (one, _) in RUNS.items() if task == wild.task]
        return [done(one.study, one.task, s) for one in runs for s in one.planned if s != wild.stage]
    return [done(wild.study, wild.task, s) for s in fingerprints.before(wild.stage)]


def shards(wild):
    """The parts that a stage gathers."""
    numbers = range(1, SHARDS + 1) if wild.stage in SHARDED and SHARDS > 1 else ()
    return [
        done(wild.study, wild.task, wild.stage, f"-shard-{number}-of-{SHARDS}")
        for number in numbers
    ]


def words(wild):
    """The command line's words for a job: its task, its seed, its GPUs."""
    gpus = f" --gpus {GPUS}" if GPUS and wild.stage in COMPUTING else ""
    return f"--task {wild.task} --seed {RUNS[wild.study, wild.task][1]}{gpus}"


SAID = " 2>&1 | tee {log:q} >&2"  # to whoever watches, and to the log of a job that failed


onstart:
    try:
        HELD = lock.hold(folder_of(BASE).parent)  # until this process ends
        hub.require(PLANNED)
    except ValueError as error:
        sys.exit(f"error: {error}")


wildcard_constraints:
    study="[A-Za-z0-9][^/]*",
    task="[a-z][a-z0-9_]*",
    stage="[0-9]{2}_[a-z_]+",
    shard="[0-9]+",
    inputs="[0-9a-f]{12}",


def everything(wild):
    """All planned stages, of each task and seed."""
    return [done(one.study, one.task, stage) for one, _ in RUNS.values() for stage in one.planned]


rule all:
    input:
        everything,


rule stage:
    input:
        before,
        shards,
    output:
        f"{RESULTS}/{{study}}/{{task}}/.stages/{{stage}}-{{inputs}}",
    log:
        f"{RESULTS}/{{study}}/{{task}}/.stages/{{stage}}-{{inputs}}.log",
    params:
        words=words,
    threads: 1
    resources:
        gpu=lambda wild: int(wild.stage in COMPUTING),
    shell:
        "xlshare run {wildcards.stage} --study {STUDY:q} {params.words}"
        " --made-of {wildcards.inputs}" + SAID


rule shard:
    input:
        before,
    output:
        f"{RESULTS}/{{study}}/{{task}}/.stages/{{stage}}-shard-{{shard}}-of-{SHARDS}-{{inputs}}",
    log:
        f"{RESULTS}/{{study}}/{{task}}/.stages/{{stage}}-shard-{{shard}}-of-{SHARDS}-{{inputs}}.log",
    params:
        words=words,
    threads: 1
    resources:
        gpu=1,
    shell:
        "xlshare run {wildcards.stage} --study {STUDY:q} {params.words}"
        " --made-of {wildcards.inputs}"
        " --shard {wildcards.shard} --shards {SHARDS}" + SAID
