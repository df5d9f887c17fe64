# The order of the stages: each executed notebook waits for those it reads from.
# snakemake --cores 2 --config study=notebooks/studies/mini.yaml
# With `shards=8` the scores are computed by 8 jobs; with `gpus=8` each has a GPU of its own.

from xlshare.study import Study, plan, read_parameters

STUDY = config.get("study", "notebooks/studies/mini.yaml")
VALUES = read_parameters(STUDY)
PLAN = plan(VALUES)
HOME = f"{Study.of({**VALUES, 'task': PLAN[0][0]}).results}/{VALUES.get('study', 'mini')}"

SHARDS = int(config.get("shards", 1))
GPUS = int(config.get("gpus", 0))

AFTER = {"01_finetune": [], "02_influence": ["01_finetune"]}  # all others read the scores


def executed(task, stage):
    return f"{HOME}/{task}/notebooks/{stage}.ipynb"


def shards(task, stage):
    """The parts that a stage gathers."""
    numbers = range(1, SHARDS + 1) if stage == "02_influence" and SHARDS > 1 else ()
    return [executed(task, f"shards/{stage}-{number}-of-{SHARDS}") for number in numbers]


rule all:
    input:
        [executed(task, stage) for task, stage in PLAN],


rule stage:
    input:
        lambda wild: [executed(wild.task, before) for before in AFTER.get(wild.stage, ["02_influence"])],
        lambda wild: shards(wild.task, wild.stage),
        notebook="notebooks/{stage}.ipynb",
    output:
        f"{HOME}/{{task}}/notebooks/{{stage}}.ipynb",
    wildcard_constraints:
        task="[a-z][a-z0-9_]*",
        stage="[0-9]{2}_[a-z_]+",
    params:
        values=lambda wild: str(Study.of({**VALUES, "task": wild.task}).model_dump()),
    threads: 1
    shell:
        "python -m xlshare.execute {wildcards.stage} --study {STUDY:q} --task {wildcards.task}"


rule shard:
    input:
        lambda wild: executed(wild.task, "01_finetune"),
        notebook="notebooks/02_influence.ipynb",
    output:
        f"{HOME}/{{task}}/notebooks/shards/02_influence-{{shard}}-of-{SHARDS}.ipynb",
    wildcard_constraints:
        task="[a-z][a-z0-9_]*",
        shard="[0-9]+",
    params:
        values=lambda wild: str(Study.of({**VALUES, "task": wild.task}).model_dump()),
        gpu=lambda wild: f"CUDA_VISIBLE_DEVICES={(int(wild.shard) - 1) % GPUS}" if GPUS else "",
    threads: 1
    shell:
        "{params.gpu} python -m xlshare.execute 02_influence --study {STUDY:q}"
        " --task {wildcards.task} --shard {wildcards.shard} --shards {SHARDS}"
