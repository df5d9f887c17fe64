# The order of the stages: each executed notebook waits for those it reads from.
# snakemake --cores 2 --config study=notebooks/studies/mini.yaml

from xlshare.study import Study, plan, read_parameters

STUDY = config.get("study", "notebooks/studies/mini.yaml")
VALUES = read_parameters(STUDY)
PLAN = plan(VALUES)
HOME = f"{Study.of({**VALUES, 'task': PLAN[0][0]}).results}/{VALUES.get('study', 'mini')}"

AFTER = {"01_finetune": [], "02_influence": ["01_finetune"]}  # all others read the scores


def executed(task, stage):
    return f"{HOME}/{task}/notebooks/{stage}.ipynb"


rule all:
    input:
        [executed(task, stage) for task, stage in PLAN],


rule stage:
    input:
        lambda wild: [executed(wild.task, before) for before in AFTER.get(wild.stage, ["02_influence"])],
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
