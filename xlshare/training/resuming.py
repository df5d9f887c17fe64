"""A fine-tuning that was stopped goes on from its last whole checkpoint.

transformers writes a checkpoint's files in place, one after the other, so that a kill or a full
disk leaves any of them half written. A checkpoint gets its *seal* when all are written: a file with
their hashes. One without a seal, or with other content than it says, is not gone on from.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from xlshare.study import artifacts

SEAL = "seal.json"
MODEL = ("config.json", "model.safetensors")  # what stays of a checkpoint when training has ended
OPTIMIZER = "optimizer.pt"
RANDOM = "rng_state"  # no part of a checkpoint, since every epoch is seeded


class SealCheckpoints(TrainerCallback):
    """Seals each checkpoint when it is whole, and keeps the optimizer's state of the last two.

    A state takes twice the room of the weights. The second one is there for a last checkpoint that
    turns out damaged.
    """

    def on_epoch_end(self, args: TrainingArguments, state, control: TrainerControl, **_) -> None:
        """Make room for the next checkpoint: of those before, the last keeps its state."""
        for checkpoint in in_order(Path(str(args.output_dir)))[:-1]:
            artifacts.remove(checkpoint / OPTIMIZER)

    def on_save(self, args: TrainingArguments, state: TrainerState, control, **_) -> None:
        """Seal the checkpoint that was written just now."""
        seal(Path(str(args.output_dir)) / f"checkpoint-{state.global_step}")


def seal(checkpoint: Path) -> None:
    """Note the hashes of a checkpoint's files in a file of it, the last one."""
    for states in checkpoint.glob(f"{RANDOM}*"):
        artifacts.remove(states)
    hashes = {file.name: artifacts.digest(file) for file in checkpoint.iterdir() if file.is_file()}
    with artifacts.replacing(checkpoint / SEAL) as temporary:
        temporary.write_text(json.dumps(hashes), encoding="utf-8")


def in_order(folder: Path) -> list[Path]:
    """The trainer's checkpoints, whole or not."""
    return sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))


def flaw(checkpoint: Path, only: tuple[str, ...] = ()) -> str | None:
    """Which file of a checkpoint (of `only` these, if any are named) is not what was sealed."""
    try:
        hashes = dict(json.loads((checkpoint / SEAL).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return "it was not finished"
    for name in only or hashes:
        file = checkpoint / name
        if not file.is_file():
            return f"{name} is gone"
        if artifacts.digest(file) != hashes.get(name):
            return f"{name} is not what was saved (its hash differs)"
    return None


def last_whole(folder: Path) -> str | None:
    """The checkpoint from which an interrupted run goes on; None: from the start.

    All before it are to be whole, too, since they become the study's; of these the optimizer's
    state is not needed. Those that a kill, a full disk or a disk's fault left broken, and those
    after them, are dropped, with a line that says so.
    """
    found = in_order(folder)
    flaws = [flaw(checkpoint, MODEL) for checkpoint in found]
    count = next((number for number, why in enumerate(flaws) if why), len(found))
    while count and (why := flaw(found[count - 1])):
        count -= 1
        flaws[count] = why
    for checkpoint, why in list(zip(found, flaws))[count:]:
        reason = why or "one before it is not whole"
        print(f"note: {checkpoint} is not used, as {reason}", file=sys.stderr)
        artifacts.remove(checkpoint)
    return str(found[count - 1]) if count else None


def whole_checkpoints(folder: Path) -> list[Path]:
    """The checkpoints of a training that has ended, in order.

    Raises:
        RuntimeError: one has changed since it was written.
    """
    for checkpoint in in_order(folder):
        if found := flaw(checkpoint, MODEL):
            raise RuntimeError(
                f"{checkpoint} is not whole ({found}): start the same command again, and training "
                "goes on from the one before it"
            )
    return in_order(folder)
