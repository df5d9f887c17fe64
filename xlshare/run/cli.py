"""The `xlshare` command: plan, run and report a study, or score two files of examples.

Each subcommand imports what it needs: `xlshare report` runs where torch is absent.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from xlshare import __version__
from xlshare.run.faults import explained
from xlshare.study.artifacts import folder_of
from xlshare.study.parameters import STAGES, read_parameters, studies, study_file

STUDY = "the study's name or parameter file (default: mini)"


def main(arguments: list[str] | None = None) -> int:
    """Run a subcommand.

    Args:
        arguments: the command line's words; default those of this process.

    Returns:
        The exit status, 0, or 1 after an error, which is printed with its remedy.
    """
    options = _parser().parse_args(arguments)
    try:
        options.subcommand(options)
    except (ValueError, RuntimeError, FloatingPointError, OSError) as error:
        print(f"error: {explained(error)}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xlshare", description="How do languages influence each other in a multilingual model?"
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(required=True, metavar="plan|run|report|influence")
    for add in (_add_plan, _add_run, _add_report, _add_influence):
        add(subparsers)
    return parser


# ---- plan -----------------------------------------------------------------------------------


def _add_plan(subparsers) -> None:
    from xlshare.run.costs import GPUS, HERE

    words = "print what a study will do, download and cost, or why it cannot run"
    parser = subparsers.add_parser("plan", help=words, description=words.capitalize() + ".")
    parser.add_argument("--study", default="mini", help=STUDY)
    parser.add_argument("--gpu", help=f"the machine: {HERE}, or one of {', '.join(GPUS)}")
    parser.set_defaults(subcommand=_plan)


def _plan(options: argparse.Namespace) -> None:
    from xlshare.run import plan

    print(plan.report(read_parameters(options.study), options.gpu or None))


# ---- run ------------------------------------------------------------------------------------


def _add_run(subparsers) -> None:
    words = "run a study's stages in their order (those that are not done), or one of them"
    parser = subparsers.add_parser("run", help=words, description=words.capitalize() + ".")
    parser.add_argument("stage", nargs="?", choices=STAGES, metavar="STAGE", help="one of them")
    parser.add_argument("--study", default="mini", help=STUDY)
    parser.add_argument("--cores", default="all", help="how many stages run at once (default: all)")
    parser.add_argument("--gpus", type=int, help="jobs with a GPU each (default: all there are)")
    parser.add_argument("--rerun", action="store_true", help="even if hours of training are lost")
    one = parser.add_argument_group("one stage")
    one.add_argument("--task", help="one of the study's tasks (default: its first)")
    one.add_argument("--seed", type=int, help="one of the study's seeds (default: its first)")
    one.add_argument("--shard", type=int, help="only this part of the stage")
    one.add_argument("--shards", type=int, default=1, help="how many parts there are")
    one.add_argument("--made-of", metavar="HASH", help="only if this is what it is made of now")
    parser.set_defaults(subcommand=_run)


def _run(options: argparse.Namespace) -> None:
    from xlshare.run import execute, workflow

    if options.stage is None:
        gpus, rerun = options.gpus, options.rerun
        return workflow.run(options.study, cores=options.cores, gpus=gpus, rerun=rerun)
    values = execute.parameters_of(options.study, options.task, options.seed)
    home = folder_of(studies(read_parameters(options.study))[0]).parent
    part = options.shard, options.shards
    execute.run_stage(options.stage, values, *part, options.gpus or 0, options.made_of, home)


# ---- report ---------------------------------------------------------------------------------


def _add_report(subparsers) -> None:
    words = "build the book of a study that has run, here or elsewhere"
    parser = subparsers.add_parser("report", help=words, description=words.capitalize() + ".")
    parser.add_argument("--study", default="mini", help=STUDY)
    parser.add_argument("--results", help="folder of all studies' results (default: the study's)")
    parser.set_defaults(subcommand=_report)


def _report(options: argparse.Namespace) -> None:
    from xlshare.report import book

    file = None if options.results else study_file(options.study)
    if file is None:
        page = book.build(options.study, options.results or None)
    else:
        page = book.build(str(file), left_out=_left_out(options.study))
    print(f"The book of study {options.study}: {page}")


def _left_out(study: str) -> list[tuple[str, str]]:
    """What is not to be shown of a study's results; says what."""
    from xlshare.run import present

    planned = studies(read_parameters(study))
    if left := present.left_over(planned):
        print(present.note(study, planned[0], left), file=sys.stderr)
    return left


# ---- influence ------------------------------------------------------------------------------


def _add_influence(subparsers) -> None:
    words = "score every training example of a file for every test example of another"
    parser = subparsers.add_parser(
        "influence",
        help=words,
        description=f"{words.capitalize()}, at each checkpoint of a sequence classifier.",
        epilog="A file is parquet, JSON lines or CSV, with a row for each example: token ids in "
        "`input_ids` and a class in `labels`; or a text in `text` (two in `text_a` and `text_b`) "
        "and its class, by number or name, in `label`. `id`, `lang` and `group` come along.",
    )
    parser.add_argument("model", type=Path, help="a folder of checkpoints, or one checkpoint")
    parser.add_argument("train", type=Path, help="the file of training examples")
    parser.add_argument("test", type=Path, help="the file of test examples")
    parser.add_argument("--out", type=Path, required=True, help="the zarr folder to write")
    parser.add_argument("--similarity", choices=("cosine", "dot"), default="cosine")
    parser.add_argument("--precision", choices=("float32", "tf32", "bfloat16"), default="float32")
    parser.add_argument("--batch-size", type=int, help="examples in a backward pass")
    parser.add_argument("--device", help="where to compute (default: a GPU if there is one)")
    parser.add_argument("--max-length", type=int, help="tokens of a text (default: the model's)")
    parser.set_defaults(subcommand=_influence)


def _influence(options: argparse.Namespace) -> None:
    from xlshare.run import files

    scores = files.score(
        options.model,
        options.train,
        options.test,
        max_length=options.max_length,
        out=options.out,
        similarity=options.similarity,
        precision=options.precision,
        batch_size=options.batch_size,
        device=options.device,
    )
    sizes = " x ".join(f"{size} {name}" for name, size in scores.sizes.items())
    print(f"Scores ({sizes}): {options.out}, which xlshare.attribution.store.load reads")


if __name__ == "__main__":
    sys.exit(main())
