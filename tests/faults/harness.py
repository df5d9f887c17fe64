"""Kill and damage a small study at random, start it again each time, and count what was lost.

    python tests/faults/harness.py --kills 20 --seed 1 --out tests/faults/faults.csv

The study runs once undisturbed. Then it runs again with the same command, and its processes are
killed with SIGKILL at random moments, until it has been killed so often; each time it is started
again at once. When it is whole, a file of each kind is flipped, cut or removed, and the command
starts again. In the end every artifact must have the bytes that the undisturbed run gave it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from small_studies import SMALL, write_study  # noqa: E402

from xlshare.study.parameters import STAGES  # noqa: E402

SMALLER = {
    "tasks": ["pawsx"],
    "data": SMALL["data"] | {"languages": {"pawsx": ["de", "en", "ko"]}},
    "training": SMALL["training"] | {"epochs": 2},
    "quality": {"removals": [3], "tests": 1},
    "zero_shot": {"left_out": ["de"]},
}
KINDS = {  # a file of each kind that a study keeps
    "checkpoint": "checkpoints/epoch-1/model.safetensors",
    "examples": "examples.parquet",
    "table": "tables/counts_language_shares.parquet",
    "figure": "figures/language_shares.json",
    "numbers": "numbers/04_language_shares.json",
    "notebook": "notebooks/04_language_shares.ipynb",
    "scores": "influence.zarr/influence/c/0/0/0",
    "labels of scores": "influence.zarr/train_lang/c/0",
    "manifest": "influence.zarr.manifest.json",
}
HOWS = ("flipped", "cut off", "removed")


@dataclass
class Study:
    """A study's file, the artifacts that an undisturbed run gave it, and how long that took."""

    file: Path
    expected: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    orphans: int = 0
    started: list[psutil.Process] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """The results of its task."""
        return self.file.parent / "results" / self.file.stem / "pawsx"

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Start the one command, in a process group of its own."""
        command = [sys.executable, "-m", "xlshare.run.cli", "run", "--study", str(self.file)]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
        environment |= {"TOKENIZERS_PARALLELISM": "false"}
        with log.open("wb") as out:
            words = {"stdout": out, "stderr": out, "start_new_session": True}
            return subprocess.Popen([*command, "--cores", "1"], cwd=ROOT, env=environment, **words)

    def run(self) -> str:
        """Run it to its end; returns what it said."""
        log = self.file.parent / "log"
        status = self.start(log).wait()
        said = log.read_text(encoding="utf-8")
        self._count_orphans()
        assert status == 0, said[-3000:]
        return said

    def kill_after(self, seconds: float) -> str | None:
        """Start it and kill the group; returns the stage it was in, None if it ended before."""
        log = self.file.parent / "log"
        process = self.start(log)
        try:
            assert process.wait(seconds) == 0, log.read_text(encoding="utf-8")[-3000:]
            return None
        except subprocess.TimeoutExpired:
            self._count_orphans()
            self.started = psutil.Process(process.pid).children(recursive=True)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        said = log.read_text(encoding="utf-8")
        begun = re.findall(r"\[pawsx (\w+)\] (starts|took)", said)
        return begun[-1][0] if begun and begun[-1][1] == "starts" else "planning"

    def _count_orphans(self) -> None:
        """Of the processes of the run before, which was killed, none is to live on."""
        self.orphans += len(psutil.wait_procs(self.started, timeout=5)[1])
        self.started = []

    def artifacts(self) -> dict[str, str]:
        """The hash of each artifact, by its manifest."""
        return {
            str(path.relative_to(self.home)): json.loads(path.read_text())["sha256"]
            for path in sorted(self.home.rglob("*.manifest.json"))
        }

    def lost(self) -> list[str]:
        """What is not as the undisturbed run left it, and what is left that is not whole."""
        found = self.artifacts()
        names = sorted({*found, *self.expected})
        differ = [name for name in names if found.get(name) != self.expected.get(name)]
        leftovers = [*self.home.rglob(".partial-*"), *self.home.glob("*.new-*")]
        leftovers += self.home.rglob(".training")
        return differ + [str(path) for path in leftovers]


def only(*stages: str) -> dict[str, list[str]]:
    """The parameter that leaves all other stages out."""
    return {stage: [] for stage in STAGES if stage not in stages}


def undisturbed(folder: Path, **changes: object) -> Study:
    """A study that has run once from nothing; its results then lie aside."""
    study = Study(write_study(folder, "faults", **(SMALLER | changes)))
    began = time.monotonic()
    study.run()
    study.seconds = time.monotonic() - began
    study.expected = study.artifacts()
    (folder / "results").rename(folder / "undisturbed")
    return study


def kill_at_random(study: Study, kills: int, seed: int) -> pd.DataFrame:
    """Kill the study so often, from nothing again whenever it has ended; what was lost."""
    rng = random.Random(seed)
    rows: list[dict] = []
    while len(rows) < kills:
        shutil.rmtree(study.home.parent, ignore_errors=True)
        began, stage = len(rows), ""
        while stage is not None and len(rows) < kills:
            stage = study.kill_after(rng.uniform(0, study.seconds / 3))
            if stage is not None:
                rows.append({"fault": "killed", "place": stage, "lost": 0})
                print(f"kill {len(rows)} in {stage}", file=sys.stderr, flush=True)
        study.run()
        lost = study.lost()
        print(f"ended; lost: {lost}", file=sys.stderr, flush=True)
        for row in rows[began:]:
            row["lost"] = len(lost)
    return pd.DataFrame(rows)


def damage(file: Path, how: str) -> None:
    """Flip a bit in the middle of a file, cut its end off, or remove it."""
    content = bytearray(file.read_bytes())
    if how == "removed":
        return file.unlink()
    if how == "flipped":
        content[len(content) // 2] ^= 1
    file.write_bytes(content if how == "flipped" else content[: len(content) // 2])


def damage_each_kind(study: Study, seed: int) -> pd.DataFrame:
    """Damage a file of each kind, and start the same command; what was lost, and if it was told."""
    rng = random.Random(seed)
    rows = []
    for kind, name in KINDS.items():
        how = rng.choice(HOWS)
        damage(study.home / name, how)
        print(f"{kind} {how}", file=sys.stderr, flush=True)
        told = re.findall(rf"runs again: \S*{re.escape(name)} ", study.run())
        lost = study.lost() + ([] if told else ["the line that names it"])
        print(f"ended; lost: {lost}", file=sys.stderr, flush=True)
        rows.append({"fault": how, "place": kind, "lost": len(lost)})
    return pd.DataFrame(rows)


def summary(found: pd.DataFrame, orphans: int) -> pd.DataFrame:
    """How often each fault was tried in each place, and how much was lost."""
    table = found.groupby(["fault", "place"], as_index=False)["lost"].agg(tried="size", lost="sum")
    table.loc[len(table)] = ["processes that outlived a kill", "all", len(found), orphans]
    return table


def main() -> None:
    """Try all faults and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="how many (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments and of the damage")
    parser.add_argument("--stages", nargs="*", help="no others (default: all)")
    parser.add_argument("--out", type=Path, help="a CSV file for the table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        changes = {"stages": only(*options.stages)} if options.stages else {}
        study = undisturbed(Path(folder), **changes)
        killed = kill_at_random(study, options.kills, options.seed)
        damaged = damage_each_kind(study, options.seed)
        table = summary(pd.concat([killed, damaged]), study.orphans)
    print(table.to_string(index=False))
    if options.out:
        table.to_csv(options.out, index=False)


if __name__ == "__main__":
    main()
