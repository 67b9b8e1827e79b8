"""Browser tests: one headless Chromium, one real JupyterLab, and bare pages for exact pixels.

Run them with ``pytest tests/browser``. They are skipped, visibly, where no
Chromium is found (``MEDKIT_CHROMIUM``, or ``chromium-headless-shell``,
``chromium`` or ``google-chrome`` on the path) or playwright is not installed.

Fixtures
--------
``bare_page``
    A blank page, 1–2 s a test: most tests belong here. ``view = bare_page.mount(widget)``
    shows a real Python anywidget without Jupyter: its state goes to its JavaScript, and
    messages and saved traits come back to its Python (between the test's steps).
    ``bare_page.mount(javascript=…, state={…})`` shows a module with a made-up model.
    ``view.model("get", "level")``, ``view.sent``, ``view.locator("canvas")``.
    ``view.eventually(lambda: view.model("get", "level"), 40)``.
``lab``
    A real JupyterLab in one page, on a copy of ``notebooks/``: 5 s a test and more.
    ``notebook = lab.open("11_ct.ipynb")`` or ``lab.write([source, source, …])``, then
    ``notebook.run_all()``, ``notebook.run(2)`` (returns at once with ``wait=False``),
    ``notebook.output(2)`` (a playwright locator of a cell's output area),
    ``notebook.first_picture(2)`` (run it; milliseconds to the first picture on the screen),
    ``notebook.close()`` (also shuts the kernel down).
    ``lab.outside`` lists requests to other hosts and ``lab.errors`` the page's errors;
    both are emptied before each test, and a test asserts that they stayed empty.
``screenshot``
    ``screenshot("ct_head", locator)`` keeps ``tests/browser/screenshots/ct_head.png``.

Waiting
-------
A page is never ready when Python believes so. Whatever is asserted about a page is waited
for: ``view.eventually(get, want)`` and ``lab.eventually(get, want)`` ask until it is so;
that something does *not* happen is asserted after ``view.frames()``, when all that was under
way has come. No test sleeps for a time and then looks.

Pixels and times, for a locator of either kind of page
-------------------------------------------------------
``pixels(locator)``
    What is on the screen, as an array (row, column, 3).
``wait_for_change(locator, before)``
    Wait until the pixels differ from `before`; return the new ones.
``with change(locator): …``
    What is done inside must change the pixels of a canvas or image inside the locator.
``axe(page, selector)`` and ``notebook.axe()``
    Serious faults of accessibility, a line each.
``latencies(locator, keys)``
    Press each key in turn; milliseconds from each key press to the frame that showed
    changed pixels in a canvas or image inside the locator. Focus the control first.
    A key that changes nothing fails the test, in words.

A benchmark loads this file by its path and uses ``chromium()``, ``launch()`` and ``Lab``.
"""

import base64
import contextlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from medkit.cli import PROMPT_SERVER

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZE = {"width": 1200, "height": 1000}
#: How long a test waits for what must come, s: a machine may be busy with other things.
SECONDS = 20
# What this page must run before anything else: `window.medkitWatch(element)` returns a
# promise of the time from the next key press to the frame with changed pixels.
WATCH = (HERE / "watch.js").read_text() if (HERE / "watch.js").exists() else ""


def chromium() -> str | None:
    """Return the path of a Chromium, or None."""
    names = ("chromium-headless-shell", "chromium", "google-chrome")
    return os.environ.get("MEDKIT_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@contextlib.contextmanager
def launch():
    """Start Chromium; yield playwright's browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


# -- pixels and times ---------------------------------------------------------------------


def pixels(locator) -> np.ndarray:
    """Return what an element shows, uint8 (row, column, 3)."""
    from PIL import Image

    with Image.open(io.BytesIO(locator.screenshot(animations="disabled"))) as picture:
        return np.asarray(picture.convert("RGB"))


def eventually(page, get, want=True, seconds: float = SECONDS):
    """Ask until `get()` gives what is wanted, and return it.

    `want` is a value, or a function that says whether a value will do. The page waits
    between the questions, not Python: else what the page says to Python would lie unread.
    """
    end = time.monotonic() + seconds
    while True:
        found = get()
        if want(found) if callable(want) else found == want:
            return found
        if time.monotonic() > end:
            wanted = f"what {want.__qualname__} asks for" if callable(want) else repr(want)
            raise AssertionError(f"after {seconds} s it is {found!r}, not {wanted}")
        page.wait_for_timeout(30)


def wait_for_change(locator, before: np.ndarray, seconds: float = SECONDS) -> np.ndarray:
    """Wait until an element's pixels differ from `before`, and return them."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        now = pixels(locator)
        if now.shape != before.shape or (now != before).any():
            return now
        locator.page.wait_for_timeout(30)
    raise AssertionError(f"the picture did not change within {seconds} s")


@contextlib.contextmanager
def change(locator, seconds: float = SECONDS):
    """Wait, after what is done within, until a canvas or image inside a locator has changed."""
    look = "el => window.medkitLook(el)"
    locator.page.evaluate(WATCH)
    before = locator.evaluate(look)
    yield
    end = time.monotonic() + seconds
    while locator.evaluate(look) in (None, before):
        if time.monotonic() > end:
            raise AssertionError(f"the picture did not change within {seconds} s")
        locator.page.wait_for_timeout(10)


def latencies(locator, keys, pause_ms: float = 30, timeout_ms: float = 8000) -> np.ndarray:
    """Milliseconds from each key press to the frame that shows changed pixels.

    The clock starts at the browser's own time stamp of the key press and stops when the
    frame with other pixels has been handed to the screen.

    Raises
    ------
    AssertionError
        If there is no key to press, or a press changes nothing within `timeout_ms`.
    """
    page, times = locator.page, []
    assert len(keys), "no key to press: there is nothing to measure"
    page.evaluate(WATCH)
    for number, key in enumerate(keys, 1):
        locator.evaluate("(el, ms) => window.medkitWatch(el, ms)", timeout_ms)
        page.keyboard.press(key)
        took = page.evaluate("window.medkitTook")
        assert took is not None, (
            f"{key} (press {number} of {len(keys)}) changed no pixel within {timeout_ms} ms: "
            "nothing to measure"
        )
        times.append(took)
        page.wait_for_timeout(pause_ms)
    return np.array(times)


def axe(page, *selectors: str) -> list[str]:
    """Return what axe-core (deque.com/axe) calls serious or critical inside these elements.

    Each fault is one line: the rule, what is wrong, and the element. Passed over is what others
    decide: the handles of ipywidgets' own sliders, which have no name, and that JupyterLab's
    style sheet tells links in a text by their colour alone.
    """
    script = pytest.importorskip("axe_playwright_python", reason="axe is not installed")
    page.evaluate((Path(script.__file__).parent / "axe.min.js").read_text("utf-8"))
    look = """async selectors => {
      const nodes = [...document.querySelectorAll(selectors)].filter(n => n.offsetParent);
      if (!nodes.length) throw new Error(`nothing is shown of ${selectors}`);
      const exclude = [...document.querySelectorAll(".noUi-handle")];
      const rules = {"link-in-text-block": {enabled: false}};
      const { violations } = await axe.run({include: nodes, exclude}, {rules});
      return violations.filter(v => ['serious', 'critical'].includes(v.impact)).flatMap(v =>
        v.nodes.map(n => `${v.id}: ${v.help}: ${n.html.slice(0, 300)}`));
    }"""
    return page.evaluate(look, ", ".join(selectors))


# -- a bare page --------------------------------------------------------------------------


class BarePage:
    """A blank page with a mock of Jupyter's widget model."""

    def __init__(self, page):
        self.page = page
        self.widget = None
        self._sent, self._outbox, self._arriving = [], [], {}
        page.expose_function("medkitToPython", self._from_page)
        page.goto("about:blank")
        page.set_content("<!doctype html><html lang=en><body style='margin:8px'></body></html>")
        page.evaluate((HERE / "mock_model.js").read_text())

    def mount(self, widget=None, *, javascript: str = "", css: str = "", state=None) -> "BareView":
        """Show a Python widget, or a JavaScript module with a made-up state."""
        if widget is not None:
            self.widget = widget
            state = {k: v for k, v in widget.get_state().items() if k != "layout"}
            javascript, css = str(widget._esm), str(getattr(widget, "_css", "") or "")
            widget.send = lambda content, buffers=None: self._outbox.append(
                {"content": content, "buffers": [_encode(b) for b in buffers or ()]}
            )
            widget.observe(self._changed)
        plain, binary = _split(state or {})
        self.page.evaluate(
            "args => window.medkitMount(...args)",
            [javascript, css, plain, {k: _encode(v) for k, v in binary.items()}],
        )
        view = BareView(self)
        view.frames()  # observers of sizes report with the first frame
        return view

    def _changed(self, change) -> None:
        """Note a trait for the page, unless it is what the page has just said."""
        plain, binary = _split({change.name: self.widget.get_state(change.name).get(change.name)})
        if plain != {change.name: self._arriving.get(change.name)}:
            self._outbox.append(
                {"state": plain, "binary": {k: _encode(v) for k, v in binary.items()}}
            )

    def _from_page(self, kind: str, content, buffers):
        """Hand a message or saved traits to the widget; return what it sends back."""
        if kind == "heard":
            return []
        self._sent.append((kind, content))
        if self.widget is None:
            return []
        if kind == "custom":
            data = [memoryview(base64.b64decode(b)) for b in buffers]
            self.widget._handle_custom_msg(content, data)
        else:
            self._arriving = content
            self.widget.set_state(content)
            self._arriving = {}
        return self.drain()

    def drain(self) -> list:
        """Return, once, what the widget has sent since."""
        out, self._outbox[:] = list(self._outbox), []
        return [message for message in out if any(message.values())]


class BareView:
    """A mounted widget: locators, its model, and what it sent."""

    def __init__(self, bare: BarePage):
        self.bare, self.page = bare, bare.page

    @property
    def sent(self) -> list:
        """Messages from the JavaScript: ("custom", content) or ("state", changes)."""
        return self.bare._sent

    def locator(self, selector: str):
        """Return playwright's locator of something inside the view."""
        return self.page.locator(f"#medkit-root >> {selector}")

    def model(self, method: str, *args):
        """Call a method of the mock model: get, set, save_changes, …"""
        return self.page.evaluate("([m, a]) => window.medkitModel[m](...a)", [method, list(args)])

    def eventually(self, get, want=True):
        """Ask until `get()` gives what is wanted, and return it."""
        return eventually(self.page, get, want)

    def frames(self, count: int = 3) -> None:
        """Wait until frames were drawn, and what the page said meanwhile is heard."""
        self.page.evaluate(
            """async count => {
              for (let k = 0; k < count; k++) await new Promise(requestAnimationFrame);
              await window.medkitToPython('heard', null, []);
            }""",
            count,
        )

    def receive(self, content, buffers=()) -> None:
        """Deliver a custom message to the JavaScript."""
        message = {"content": content, "buffers": [_encode(b) for b in buffers]}
        self.page.evaluate("list => window.medkitReceive(list)", [message])

    def sync(self) -> None:
        """Deliver what the Python side changed or sent since (traits set by the test)."""
        self.page.evaluate("list => window.medkitReceive(list)", self.bare.drain())

    def render_again(self) -> None:
        """Show a second view of the same model below the first."""
        self.page.evaluate("window.medkitRender()")

    def close(self) -> None:
        """Remove the first view, as closing its cell does."""
        self.page.evaluate("window.medkitClose()")


def _encode(buffer) -> str:
    return base64.b64encode(bytes(buffer)).decode()


def _split(state: dict) -> tuple[dict, dict]:
    """Split a widget's state into what JSON holds and binary values."""
    binary = {k: v for k, v in state.items() if isinstance(v, bytes | bytearray | memoryview)}
    skip = {"_esm", "_css", "layout", "tabbable", "tooltip"}
    plain = {k: v for k, v in state.items() if k not in binary and k not in skip}
    return json.loads(json.dumps(plain)), binary


# -- a real JupyterLab --------------------------------------------------------------------


class Lab:
    """One JupyterLab server on a folder of notebooks, and one page that shows it."""

    def __init__(self, browser, folder: Path):
        self.folder = folder / "notebooks"
        if not self.folder.exists():
            source = ROOT / "notebooks"
            hidden = shutil.ignore_patterns(".*", "__pycache__")
            if source.is_dir():
                shutil.copytree(source, self.folder, ignore=hidden)
            self.folder.mkdir(exist_ok=True)
        self.token, self.outside, self.errors, self.written = "medkit", [], [], 0
        self._start(folder)
        self._show(browser)

    def _start(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        settings = folder / "settings/@jupyterlab/apputils-extension"
        settings.mkdir(parents=True, exist_ok=True)
        quiet = {"fetchNews": "false", "checkForUpdates": False}
        (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
        env = os.environ | {
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "IPYTHONDIR": str(folder / "ipython"),
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        }
        env.pop("PYTEST_CURRENT_TEST", None)
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--expose-app-in-browser",
            "--allow-root",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.ip=127.0.0.1",
            f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.folder}",
            PROMPT_SERVER,  # as `medkit lab` starts it
            "--ServerApp.contents_manager_class=medkit.views.contents.Contents",
        ]
        self.log = (folder / "jupyterlab.log").open("w+")
        self.server = subprocess.Popen(command, env=env, stdout=self.log, stderr=self.log)
        end = time.monotonic() + 90
        while True:
            try:
                self.api("api/status")
                return
            except OSError:
                if self.server.poll() is not None or time.monotonic() > end:
                    self.log.seek(0)
                    raise RuntimeError(f"JupyterLab did not start:\n{self.log.read()}") from None
                time.sleep(0.1)

    def api(self, path: str, method: str = "GET"):
        """Call the server's REST interface; return what its JSON says."""
        request = urllib.request.Request(f"{self.url}/{path}", method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=20) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def _show(self, browser) -> None:
        self.context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
        self.page = page = self.context.new_page()
        page.set_default_timeout(30_000)
        page.on("request", self._note_request)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note_console)
        page.goto(f"{self.url}/lab/workspaces/test?reset&token={self.token}")
        page.wait_for_function("window.jupyterapp?.restored", timeout=90_000)
        page.evaluate("window.jupyterapp.restored.then(() => null)")
        # The file browser is of no use here and takes room from the notebook.
        page.evaluate("window.jupyterapp.shell.collapseLeft()")

    def _note_request(self, request) -> None:
        url = urllib.parse.urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and url.hostname != "127.0.0.1":
            self.outside.append(request.url)

    def _note_console(self, message) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def eventually(self, get, want=True):
        """Ask until `get()` gives what is wanted, and return it."""
        return eventually(self.page, get, want)

    def write(self, sources: list[str], name: str = "") -> "Notebook":
        """Write a notebook with these code cells, and open it."""
        import nbformat.v4 as v4

        self.written += 1
        name = name or f"test_{self.written}.ipynb"
        cells = [v4.new_code_cell(source, id=f"cell{k}") for k, source in enumerate(sources)]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        (self.folder / name).write_text(json.dumps(notebook))
        return self.open(name)

    def open(self, name: str) -> "Notebook":
        """Open a notebook of the folder and wait until its kernel is there."""
        open_ = """async name => {
          const app = window.jupyterapp;
          const panel = await app.commands.execute('docmanager:open', {path: name});
          await panel.context.ready; await panel.revealed;
          await panel.sessionContext.ready;
          await panel.sessionContext.session.kernel.info;
          app.shell.activateById(panel.id);
          window.medkitPanel = panel;
        }"""
        self.page.evaluate(open_, name)
        return Notebook(self, name)

    def stop(self) -> None:
        """Close the page and end the server, with its kernels."""
        self.context.close()
        for session in self.api("api/sessions"):
            with contextlib.suppress(OSError):
                self.api(f"api/sessions/{session['id']}", "DELETE")
        self.server.terminate()
        try:
            self.server.wait(10)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.log.close()


class Notebook:
    """An open notebook: run its cells, find their outputs."""

    def __init__(self, lab: Lab, name: str):
        self.lab, self.page, self.name = lab, lab.page, name

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, index: int, wait: bool = True) -> bool:
        """Run one code cell (counted over all cells, from 0); say whether it went well."""
        start = """index => {
          const notebook = window.medkitPanel.content;
          notebook.activeCellIndex = index;
          notebook.deselectAll();
          window.medkitRun = window.jupyterapp.commands.execute('notebook:run-cell');
        }"""
        self.page.evaluate(start, index)
        return not wait or self.wait()

    def wait(self) -> bool:
        """Wait until the cell that `run` started has ended; say whether it went well."""
        return self.page.evaluate("window.medkitRun")

    def first_picture(self, index: int, timeout_ms: float = 20_000) -> float:
        """Run a cell; milliseconds from the start to the first frame with a picture in it."""
        self.page.evaluate(WATCH)
        output = self.output(index)
        clear = "i => window.medkitPanel.content.widgets[i].model.outputs.clear()"
        self.page.evaluate(clear, index)
        eventually(self.page, output.locator("canvas, img").count, 0)
        output.evaluate("(el, ms) => window.medkitFirst(el.closest('.jp-Cell'), ms)", timeout_ms)
        self.run(index, wait=False)
        took = self.page.evaluate("window.medkitTook")
        self.wait()
        assert took is not None, f"cell {index} showed no picture within {timeout_ms} ms"
        return took

    def run_all(self) -> None:
        """Run every cell, and return when the last has ended."""
        run = "window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => null)"
        self.page.evaluate(run)

    def output(self, index: int):
        """Scroll to a cell and return the locator of its output area."""
        scroll = """async index => {
          const notebook = window.medkitPanel.content;
          await notebook.scrollToItem(index, 'smart');
          notebook.widgets[index].outputArea?.node.setAttribute('data-medkit-cell', index);
        }"""
        self.page.evaluate(scroll, index)
        return self.page.locator(f".jp-NotebookPanel:visible [data-medkit-cell='{index}']")

    def shows(self, index: int, words: str) -> None:
        """Wait until a cell's output has these words in it."""
        self.output(index).get_by_text(words).first.wait_for()

    def axe(self) -> list[str]:
        """Return the serious faults of accessibility in all outputs and texts of the notebook."""
        whole = """async () => {
          const notebook = window.medkitPanel.content;
          notebook.notebookConfig = {...notebook.notebookConfig, windowingMode: 'none'};
          // JupyterLab's body is empty but for what floats on it, and axe takes that as hidden.
          document.body.style.height = '100vh';
          await new Promise(done => setTimeout(done, 1000));
        }"""
        self.page.evaluate(whole)  # or only what is in view is part of the page
        panel = ".jp-NotebookPanel:not(.lm-mod-hidden)"
        return axe(self.page, f"{panel} .jp-OutputArea-output", f"{panel} .jp-MarkdownOutput")

    def save(self) -> dict:
        """Save the notebook and return it as stored."""
        self.page.evaluate("window.medkitPanel.context.save()")
        return json.loads((self.lab.folder / self.name).read_text())

    def close(self) -> None:
        """Close the notebook without saving and shut its kernel down."""
        shut = """async () => {
          const panel = window.medkitPanel;
          await panel.sessionContext.shutdown();
          panel.context.model.dirty = false;
          panel.close();
        }"""
        self.page.evaluate(shut)


# -- fixtures -----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def patience():
    """Factor by which a test may miss its time: machines are noisy.

    ``MEDKIT_PATIENCE=1 pytest tests/browser`` holds a calm machine to the true limits.
    """
    return float(os.environ.get("MEDKIT_PATIENCE", 10))


@pytest.fixture(scope="session")
def browser():
    """Playwright's headless Chromium, or a visible skip."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    if not chromium():
        pytest.skip("no Chromium: set MEDKIT_CHROMIUM to its path")
    with launch() as running:
        yield running


@pytest.fixture
def bare_page(browser):
    """A blank page with a mock widget model; a test fails on any error in the page."""
    context = browser.new_context(viewport=SIZE, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(1000 * SECONDS)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    yield BarePage(page)
    context.close()
    assert errors == []


@pytest.fixture(scope="session")
def _lab(browser, tmp_path_factory):
    running = Lab(browser, tmp_path_factory.mktemp("lab"))
    yield running
    running.stop()


@pytest.fixture
def lab(_lab):
    """The real JupyterLab of this run; the test fails if a page asked another host."""
    _lab.outside.clear()
    _lab.errors.clear()
    yield _lab
    assert _lab.outside == [], "the page asked other hosts"


@pytest.fixture(scope="session")
def screenshot():
    """Keep a picture of an element (or page) as a test artefact."""

    def keep(name: str, locator) -> Path:
        file = HERE / "screenshots" / f"{name}.png"
        file.parent.mkdir(exist_ok=True)
        locator.screenshot(path=file, animations="disabled")
        return file

    return keep


@pytest.fixture(name="pixels", scope="session")
def _pixels():
    return pixels


@pytest.fixture(name="wait_for_change", scope="session")
def _wait_for_change():
    return wait_for_change


@pytest.fixture(name="change", scope="session")
def _change():
    return change


@pytest.fixture(name="latencies", scope="session")
def _latencies():
    return latencies


@pytest.fixture(name="axe", scope="session")
def _axe():
    return axe


@pytest.fixture(name="eventually", scope="session")
def _eventually():
    return eventually
