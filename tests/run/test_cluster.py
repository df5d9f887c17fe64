"""The same Snakefile on a cluster: stages, retrains and shards go out as jobs and come back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from small_studies import SMALL, write_study

ROOT = Path(__file__).resolve().parents[2]
PROFILES = {
    profile.parent.name: yaml.safe_load(profile.read_text("utf-8"))
    for profile in ROOT.glob("notebooks/*/config.yaml")
}
CLUSTERS = ("slurm", "cluster", "kubernetes")
# Takes a job as a batch system does: prints its number, and runs it when it likes. The first job
# whose script names LOST is never run, as where a node goes away.
SUBMIT = """#!/bin/sh
id=$(date +%s%N)
grep -o "stage=[0-9_a-z]*\\|shard=[0-9]*" "$1" | sort -u | paste -sd " " >> "$HOME/submitted"
if [ -n "$LOST" ] && grep -q "$LOST" "$1" && mkdir "$HOME/lost" 2>/dev/null; then
    echo 1 > "$HOME/$id.status"
else
    (sh "$1" > "$HOME/$id.log" 2>&1; echo $? > "$HOME/$id.status") > /dev/null 2>&1 &
fi
echo "$id"
"""
STATUS = """#!/bin/sh
case $(cat "$HOME/$1.status" 2>/dev/null) in
    "") echo running;;
    0) echo success;;
    *) echo failed;;
esac
"""


def run(study: Path, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """A study through the profile of any batch system, whose commands are these scripts."""
    pytest.importorskip("snakemake_executor_plugin_cluster_generic")
    for name, text in (("submit", SUBMIT), ("status", STATUS)):
        (home / name).write_text(text, encoding="utf-8")
        (home / name).chmod(0o755)
    command = [sys.executable, "-m", "snakemake", "--profile", "notebooks/cluster"]
    command += ["--jobs", "2", "--latency-wait", "5", "--seconds-between-status-checks", "1"]
    for name in ("submit", "status"):
        command += [f"--cluster-generic-{name}-cmd", f"{home / name}"]
    command += ["--config", f"study={study}", "shards=2"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    python = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PATH": path, "HOME": str(home), "PYTHONPATH": python}
    words = {"cwd": ROOT, "capture_output": True, "text": True}
    return subprocess.run(command, env=environment | variables, **words)


@pytest.mark.study
@pytest.mark.slow
def test_stages_retrains_and_shards_go_out_as_jobs_and_a_lost_one_goes_out_again(
    tmp_path: Path,
) -> None:
    left = {stage: [] for stage in ("03_quality", "04_language_shares", "05_reinforcement")}
    left |= {stage: [] for stage in ("06_dynamics", "08_imbalance", "10_planted")}
    training = SMALL["training"] | {"epochs": 1}
    words = {"tasks": ["pawsx"], "stages": left, "training": training}
    study = write_study(tmp_path, "small", zero_shot={"left_out": ["de", "es"]}, **words)
    ran = run(study, tmp_path, LOST="stage=02_influence")
    assert ran.returncode == 0, ran.stderr[-6000:]
    sent = (tmp_path / "submitted").read_text().split("\n")[:-1]
    shards = [f"shard={n} stage={s}" for n in "12" for s in ("02_influence", "07_zero_shot")]
    stages = [f"stage={s}" for s in ("01_finetune", "02_influence", "07_zero_shot")]
    assert sorted(set(sent)) == sorted(shards + stages) and len(sent) == len(set(sent)) + 1
    task = tmp_path / "results/small/pawsx"
    for stage in ("01_finetune", "02_influence", "07_zero_shot"):
        assert (task / f"notebooks/{stage}.ipynb").is_file()
    assert len(list((task / "retrains").glob("*/influence.zarr"))) == 2


@pytest.mark.study
@pytest.mark.slow
def test_a_job_that_fails_twice_is_reported_with_what_it_said(tmp_path: Path) -> None:
    for lang in ("de", "en"):
        (tmp_path / f"{lang}.csv").write_text("text,label\none,good\ntwo,odd\n", encoding="utf-8")
    task = {"text_a": "text", "labels": {"good": "good", "bad": "bad"}}
    data = SMALL["data"] | {"dataset": f"{tmp_path}/{{lang}}.csv", "languages": ["de", "en"]}
    study = write_study(tmp_path, "odd", own_tasks={"tone": task}, data=data, imbalance={})
    ran = run(study, tmp_path)
    assert ran.returncode == 1
    assert (tmp_path / "submitted").read_text() == "stage=01_finetune\n" * 2
    assert "label 'odd' is not one of tone's bad, good" in ran.stderr
    (log,) = (tmp_path / "results/odd/tone/.stages").glob("01_finetune-*.log")
    assert "label 'odd'" in log.read_text("utf-8") and str(log) in ran.stderr


@pytest.mark.parametrize("profile", CLUSTERS)
def test_a_profiles_options_are_those_of_snakemake_and_its_plugin(profile: str) -> None:
    """Snakemake reads a profile as options of its command line, and passes over no unknown one."""
    from snakemake.cli import get_argument_parser

    options = dict(PROFILES[profile])
    executor = options["executor"]
    pytest.importorskip(f"snakemake_executor_plugin_{executor.replace('-', '_')}")
    known = {
        option for action in get_argument_parser()._actions for option in action.option_strings
    }
    assert {f"--{name}" for name in options} <= known


def test_clusters_run_on_the_same_terms() -> None:
    """What decides which jobs run is the same as here, and failures are told."""
    here = PROFILES["profile"]
    same = ("rerun-incomplete", "rerun-triggers", "nolock")
    for options in (PROFILES[name] for name in CLUSTERS):
        assert {name: options[name] for name in same} == {name: here[name] for name in same}
        assert options["show-failed-logs"] and options["retries"] == 1
