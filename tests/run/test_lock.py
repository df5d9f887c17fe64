"""One run at a time on a study's results; a run's own jobs, and shards, work beside each other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from xlshare.run import lock

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from xlshare.run import lock
held = lock.hold(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def refused(results: Path, *words: object, **more: object) -> bool:
    try:
        lock.hold(results, *words, **more).release()
    except ValueError as error:
        assert str(error).startswith(f"another run works on {results} (process {os.getpid()} on ")
        return True
    return False


def test_a_second_run_is_refused_by_the_name_of_the_first_and_a_kill_unlocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "results")]
    environment = os.environ | {"PYTHONPATH": str(ROOT), lock.COMMAND: "xlshare run --study own"}
    first = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert first.stdout.readline() == "held\n"
        said = rf"another run works on .*\(process {first.pid} on \S+, since 20\S+: "
        for again in (lock.hold, lock.refuse_second):
            with pytest.raises(ValueError, match=f"{said}xlshare run --study own\\): wait for it"):
                again(tmp_path / "results")
    finally:
        first.kill()
        first.wait()
    lock.refuse_second(tmp_path / "results")
    lock.hold(tmp_path / "results").release()


def test_a_run_keeps_all_away_but_its_own_jobs(tmp_path: Path) -> None:
    run = lock.hold(tmp_path)
    assert refused(tmp_path) and refused(tmp_path, "pawsx-01") and refused(tmp_path, "s-1", "s")
    job = lock.hold(tmp_path, "pawsx-01", job=True)
    assert not refused(tmp_path, "pawsx-02", job=True) and refused(tmp_path, "pawsx-01", job=True)
    run.release()  # and its job lives on
    assert refused(tmp_path) and refused(tmp_path, "pawsx-02")
    job.release()
    assert not refused(tmp_path)


def test_a_stage_by_hand_keeps_runs_and_stages_away(tmp_path: Path) -> None:
    stage = lock.hold(tmp_path, "pawsx-04")
    assert refused(tmp_path) and refused(tmp_path, "pawsx-04") and refused(tmp_path, "pawsx-05")
    stage.release()
    assert not refused(tmp_path, "pawsx-05")


def test_shards_of_a_stage_work_side_by_side(tmp_path: Path) -> None:
    with lock.hold(tmp_path, "pawsx-02-shard-1", "pawsx-02"):
        assert not refused(tmp_path, "pawsx-02-shard-2", "pawsx-02")
        assert refused(tmp_path, "pawsx-02-shard-1", "pawsx-02")
        assert refused(tmp_path, "pawsx-03-shard-1", "pawsx-03")
        assert refused(tmp_path, "pawsx-02") and refused(tmp_path)


def test_a_note_that_a_full_disk_cut_off_still_refuses(tmp_path: Path) -> None:
    with lock.hold(tmp_path):
        (tmp_path / lock.FOLDER / "run.json").write_text("")
        with pytest.raises(ValueError, match=re.escape("(process unknown on unknown")):
            lock.hold(tmp_path)
