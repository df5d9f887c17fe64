"""An executed notebook, opened in JupyterLab as a reader would: its figures are there."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import new_page
from plotly_figures import MIME

TOKEN = "open"
NOTEBOOK = "04_language_shares.ipynb"


@pytest.fixture(scope="module")
def notebooks(made_up_results: Path) -> Path:
    return made_up_results / "made-up/pawsx/notebooks"


@pytest.fixture(scope="module")
def lab(notebooks: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server for the notebooks of a task, with settings of its own."""
    home = tmp_path_factory.mktemp("lab")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    kinds = ("CONFIG", "DATA", "RUNTIME")
    own = {f"JUPYTER_{kind}_DIR": str(home) for kind in kinds} | {"HOME": str(home)}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ip=127.0.0.1", f"--port={address.rpartition(':')[2]}"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={notebooks}"]
    said = home / "said"
    with said.open("w") as log:
        server = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log)
        try:
            wait_for(f"{address}/api?token={TOKEN}", server, said)
            yield address
        finally:
            server.terminate()
            server.wait()


def wait_for(url: str, server: subprocess.Popen[bytes], said: Path) -> None:
    while server.poll() is None:
        try:
            return urllib.request.urlopen(url).close()
        except OSError:
            time.sleep(0.1)
    pytest.fail(said.read_text("utf-8"))


def test_a_notebook_opens_in_jupyterlab_with_its_figures(
    lab: str, notebooks: Path, browser
) -> None:
    cells = json.loads((notebooks / NOTEBOOK).read_text("utf-8"))["cells"]
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    figures = [data[MIME] for data in outputs if MIME in data]
    page, wrong = new_page(browser)
    page.set_viewport_size({"width": 1400, "height": 6000})  # cells out of view are not drawn
    page.goto(f"{lab}/doc/tree/{NOTEBOOK}?token={TOKEN}")
    drawn = "document.querySelectorAll('.js-plotly-plot .main-svg').length"
    traces = "document.querySelectorAll('.js-plotly-plot :is(.scatterlayer .trace, .hm)').length"
    page.wait_for_function(f"{traces} >= {sum(len(figure['data']) for figure in figures)}")
    assert page.locator(".js-plotly-plot").count() == len(figures) > 3 and page.evaluate(drawn)
    assert page.title() != "stolen" and page.locator("img[src=x]").count() == 0
    assert [fault for fault in wrong if not fault.startswith(f"request {lab}/")] == []
    page.close()
