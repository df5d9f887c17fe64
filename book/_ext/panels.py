"""The switch between tasks, the stamp below a figure, and the files that it links to.

Every value and text is escaped here; a reader's own task may be called anything.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd


def switched(panels: Mapping[str, str], titles: Mapping[str, str], group: str) -> str:
    """One panel per task below a switch; without JavaScript all panels are shown."""
    choices, bodies = [], []
    for position, (task, html) in enumerate(panels.items()):
        title = escape(titles[task])
        checked = " checked" if position == 0 else ""
        choices.append(
            f'<label><input type="radio" name="{group}" value="{task}"{checked}>'
            f"<span>{title}</span></label>"
        )
        bodies.append(
            f'<div class="task-panel" data-task="{task}"><p class="task-title">{title}</p>'
            f"{html}</div>"
        )
    legend = '<legend class="for-screen-readers">Task</legend>'
    switch = f'<fieldset class="task-switch">{legend}{"".join(choices)}</fieldset>'
    return (switch if len(panels) > 1 else "") + "".join(bodies)


def stamp_line(
    notebooks: Mapping[str, str | None],
    facts: Sequence[Mapping[str, Any]],
    files: Mapping[str, str],
) -> str:
    """Where a figure comes from: notebook, parameters, commit, device, seconds, data.

    Args:
        notebooks: the page of each task's executed notebook by the task's title, None where there
            is no such page.
        facts: of each task; what is the same is said once, seconds are added up.
        files: addresses of the data by kind.
    """
    names = [
        f'<a href="{escape(page)}">{escape(title)}</a>' if page else escape(title)
        for title, page in notebooks.items()
    ]
    told = [
        ", ".join(dict.fromkeys(escape(one[fact]) for one in facts))
        for fact in ("parameters", "commit", "device")
    ]
    told.append(f"{sum(one['seconds'] for one in facts):,.0f} s")
    links = [f'<a download href="{escape(url)}">{kind}</a>' for kind, url in files.items()]
    stage = escape(facts[0]["stage"])
    words = [f"notebook {stage} of {', '.join(names)}", *told, "data: " + ", ".join(links)]
    return f'<p class="stamp">{" · ".join(words)}</p>'


def publish(source: Path, folder: Path, before: str = "") -> dict[str, str]:
    """Copy a result beside the pages (a table as CSV too): file name by kind.

    Args:
        source: a file of the results.
        folder: where pages look for it.
        before: what the files' names begin with, so that a download says what it is of.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{before}{source.name}"
    shutil.copyfile(source, folder / name)
    files = {source.suffix[1:]: name}
    if source.suffix == ".parquet":
        csv = f"{before}{source.stem}.csv"
        pd.read_parquet(source).to_csv(folder / csv, index=False)
        files = {"csv": csv} | files
    return files
