"""A stopped fine-tuning goes on from a checkpoint that is whole, by its seal."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlshare.training import resuming

FILES = ("config.json", "model.safetensors", "optimizer.pt", "scheduler.pt", "trainer_state.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four checkpoints of a training, the last two with the optimizer's state."""
    for number in (7, 8, 9, 10):
        checkpoint = tmp_path / f"checkpoint-{number}"
        checkpoint.mkdir()
        for name in (*FILES, "rng_state.pth"):
            (checkpoint / name).write_text(f"{name} at {number}")
        resuming.seal(checkpoint)
    for number in (7, 8):
        (tmp_path / f"checkpoint-{number}/optimizer.pt").unlink()
    return tmp_path


def spoil(file: Path, how: str) -> None:
    content = bytearray(file.read_bytes())
    content[3] ^= 1
    kinds = {"flip": content, "cut": content[:-5], "empty": b""}
    file.unlink() if how == "gone" else file.write_bytes(kinds[how])


def test_whole_checkpoints_are_gone_on_from_without_random_states(folder: Path) -> None:
    assert resuming.last_whole(folder) == str(folder / "checkpoint-10")
    assert not list(folder.rglob("rng_state*"))
    assert [path.name for path in resuming.whole_checkpoints(folder)][-1] == "checkpoint-10"


@pytest.mark.parametrize("name", [*FILES, resuming.SEAL])
@pytest.mark.parametrize("how", ["flip", "cut", "empty", "gone"])
def test_a_broken_checkpoint_is_dropped_for_the_one_before(
    folder: Path, name: str, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder / "checkpoint-10" / name, how)
    assert resuming.last_whole(folder) == str(folder / "checkpoint-9")
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"note: {folder}/checkpoint-10 is not used, as ")
    assert name in said or name == resuming.SEAL
    assert not (folder / "checkpoint-10").exists()


def test_one_that_was_being_written_is_dropped(folder: Path) -> None:
    checkpoint = folder / "checkpoint-11"
    checkpoint.mkdir()
    for name in FILES[:-1]:
        (checkpoint / name).write_text("whole")
    (checkpoint / FILES[-1]).touch()  # as a full disk left it
    assert resuming.last_whole(folder) == str(folder / "checkpoint-10")


def test_without_an_optimizers_state_nothing_is_gone_on_from(folder: Path) -> None:
    for number in (9, 10):
        spoil(folder / f"checkpoint-{number}/optimizer.pt", "flip")
    assert resuming.last_whole(folder) is None and not list(folder.iterdir())


def test_what_follows_a_broken_checkpoint_is_not_gone_on_from(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder / "checkpoint-9/model.safetensors", "flip")
    with pytest.raises(RuntimeError, match="checkpoint-9 is not whole .model.safetensors is not"):
        resuming.whole_checkpoints(folder)
    assert resuming.last_whole(folder) is None
    said = capsys.readouterr().err
    assert "checkpoint-10 is not used, as one before it is not whole" in said
