"""Thirty learners at once on one machine: open 00 and 11, run every cell, none lost.

Not part of the tests: it takes a quiet Linux machine for a quarter of an hour, root (for users
of its own, in a mount namespace that ends with it) and, in the environment that runs it,
``pip install "jupyterhub>=5"`` and ``npm install configurable-http-proxy``::

    python tests/hub/thirty.py 30 --proxy node_modules/.bin/configurable-http-proxy

The hub's settings are those of ``notebooks/teaching.md``; only who logs in, and where things
lie, differ. Homes belong to root; what a learner may write is their ``~/medkit``.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = Path("/tmp/medkit-class")
URL, TOKEN = "http://127.0.0.1:8765", uuid.uuid4().hex
#: Below this much free memory (MB) the class is sent home, for others work here, too.
LEAST_MB = 800

SETTINGS = """
c.JupyterHub.bind_url = "{url}"
c.JupyterHub.hub_port = 8766
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.concurrent_spawn_limit = {count}
c.ConfigurableHTTPProxy.command = {proxy}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:8767"
c.JupyterHub.services = [{{"name": "load", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{
        "name": "load",
        "services": ["load"],
        "scopes": ["admin:users", "admin:servers", "access:servers"],
    }}
]
"""


def mount(*words) -> None:
    """Mount something, in this namespace only."""
    subprocess.run(["mount", *map(str, words)], check=True)


def namespace(names: list[str]) -> None:
    """Give this process users of its own, and let them reach the interpreter."""
    passwd = PLACE / "passwd"
    people = Path("/etc/passwd").read_text()
    for k, name in enumerate(names):
        home = PLACE / "home" / name
        (home / "medkit").mkdir(parents=True)
        os.chown(home / "medkit", 61000 + k, 65534)
        people += f"{name}:x:{61000 + k}:65534::{home}:/bin/sh\n"
    passwd.write_text(people)
    mount("--bind", passwd, "/etc/passwd")
    base = Path(sys.base_prefix).resolve()
    closed = [folder for folder in base.parents if not folder.stat().st_mode & 0o001]
    if closed:  # such as /root
        (PLACE / "python").mkdir()
        mount("--bind", base, PLACE / "python")
        mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", closed[-1])
        base.mkdir(parents=True)
        mount("--move", PLACE / "python", base)


def start(count: int, proxy: list[str]) -> subprocess.Popen:
    """Start the hub with the settings of the page."""
    page = (ROOT / "notebooks/teaching.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^ *```python\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL)
    text = "\n".join(line.removeprefix("   ") for line in block.splitlines())
    text = text.replace('"/srv/medkit"', repr(str(ROOT)))
    text = text.replace('f"{KIT}/.venv/bin/python"', repr(sys.executable))
    text += SETTINGS.format(url=URL, count=count, proxy=proxy, token=TOKEN)
    (PLACE / "jupyterhub_config.py").write_text(text)
    log = (PLACE / "hub.log").open("w")
    command = [sys.executable, "-m", "jupyterhub", "-f", str(PLACE / "jupyterhub_config.py")]
    return subprocess.Popen(command, cwd=PLACE, stdout=log, stderr=log)


async def ask(path: str, method: str = "GET", body=None):
    """Call the hub's or a learner's server and return its JSON."""
    from tornado.httpclient import AsyncHTTPClient

    answer = await AsyncHTTPClient(max_clients=1000).fetch(
        URL + path,
        method=method,
        body=json.dumps(body or {}) if method == "POST" else None,
        headers={"Authorization": f"token {TOKEN}"},
        connect_timeout=600,
        request_timeout=600,
    )
    return json.loads(answer.body) if answer.body else None


async def run(name: str, notebook: str, close: bool) -> dict:
    """Open a notebook as a browser does and run all of its cells; say how it went."""
    from tornado.httpclient import HTTPRequest
    from tornado.websocket import websocket_connect

    begun = time.monotonic()
    book = await ask(f"/user/{name}/api/contents/{notebook}")
    kernel = {"path": notebook, "name": "", "type": "notebook", "kernel": {"name": "python3"}}
    session = await ask(f"/user/{name}/api/sessions", "POST", kernel)
    url = f"{URL}/user/{name}/api/kernels/{session['kernel']['id']}/channels"
    header = {"Authorization": f"token {TOKEN}"}
    request = HTTPRequest(
        url.replace("http", "ws", 1), headers=header, connect_timeout=600, request_timeout=600
    )
    socket = await websocket_connect(request, max_message_size=2**28)
    told = {"opened": time.monotonic() - begun, "picture": None, "errors": []}
    for number, cell in enumerate(book["content"]["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and source.strip():
            await execute(socket, source, number, told, begun)
    told["done"] = time.monotonic() - begun
    socket.close()
    if close:
        await ask(f"/user/{name}/api/sessions/{session['id']}", "DELETE")
    return told


async def execute(socket, source, number, told, begun) -> None:
    """Run one cell and note its faults; raise if its kernel is lost."""
    content = {"code": source, "silent": False, "store_history": True, "user_expressions": {}}
    content |= {"allow_stdin": False, "stop_on_error": False}
    id = uuid.uuid4().hex
    head = {"msg_id": id, "msg_type": "execute_request", "username": "", "session": id}
    message = {"header": head | {"version": "5.3"}, "parent_header": {}, "metadata": {}}
    await socket.write_message(json.dumps(message | {"content": content, "channel": "shell"}))
    while True:
        raw = await asyncio.wait_for(socket.read_message(), 1200)
        if raw is None:
            raise RuntimeError(f"lost at cell {number}")
        if isinstance(raw, bytes):
            continue  # a widget's picture
        answer = json.loads(raw)
        kind, content = answer["header"]["msg_type"], answer["content"]
        seen = content.get("data", {}) if kind in ("display_data", "execute_result") else {}
        view = any("widget-view" in mime for mime in seen) or "<img" in str(seen.get("text/html"))
        if view and told["picture"] is None:
            told["picture"] = time.monotonic() - begun
        if answer.get("parent_header", {}).get("msg_id") != id or kind != "execute_reply":
            if kind == "status" and content["execution_state"] == "dead":
                raise RuntimeError(f"kernel died at cell {number}")
            continue
        if content["status"] != "ok":
            told["errors"].append(f"cell {number}: {content.get('ename')}")
        return


def memory(uid: int) -> tuple[float, float]:
    """Return a user's memory in MB: with a share of what is shared (PSS), and without (USS)."""
    pss = own = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid == uid:
                lines = (folder / "smaps_rollup").read_text()
                pss += int(re.search(r"^Pss:\s+(\d+)", lines, re.MULTILINE)[1])
                own += sum(map(int, re.findall(r"^Private_\w+:\s+(\d+)", lines, re.MULTILINE)))
        except OSError:
            pass
    return pss / 1024, own / 1024


def free_mb() -> float:
    """Return how much memory the machine has left."""
    return int(re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) / 1024


async def learner(name: str, notebooks: list[str], close: bool) -> dict:
    """Log in, and go through the notebooks; the last one stays open."""
    begun = time.monotonic()
    row = {"learner": name}
    try:
        await ask(f"/hub/api/users/{name}", "POST")
        await ask(f"/hub/api/users/{name}/server", "POST")
        while not (await ask(f"/hub/api/users/{name}"))["servers"].get("", {}).get("ready"):
            await asyncio.sleep(3)
        row["server"] = time.monotonic() - begun
        for notebook in notebooks:
            row[notebook] = await run(name, notebook, close and notebook != notebooks[-1])
    except Exception as problem:
        row["lost"] = f"{type(problem).__name__}: {problem}"
    print(json.dumps(row), flush=True)
    return row


async def school(names, notebooks, close, hub) -> None:
    """Let all learners in at once, and report when the last one is done."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            await ask("/hub/api/")
            break
        except Exception:  # its proxy may answer before it
            await asyncio.sleep(0.5)
    lowest, begun = free_mb(), time.monotonic()
    before = lowest
    tasks = [asyncio.create_task(learner(name, notebooks, close)) for name in names]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(2)
        lowest = min(lowest, free_mb())
        if lowest < LEAST_MB:
            print(f"sent home: {lowest:.0f} MB are free", flush=True)
            hub.terminate()
            break
    rows = [task.result() for task in tasks if task.done()]
    used = [memory(61000 + k) for k in range(len(names))]
    report(rows, names, notebooks, used)
    print(f"{time.monotonic() - begun:.0f} s in all; free memory {before:.0f} → {lowest:.0f} MB")


def report(rows, names, notebooks, used) -> None:
    """Print the table: median and worst of each number."""

    def line(what, values):
        values = [value for value in values if value is not None]
        if values:
            print(f"{what:40} median {statistics.median(values):6.0f}, most {max(values):6.0f}")

    well = [row for row in rows if "lost" not in row]
    faults = [e for row in well for notebook in notebooks for e in row[notebook]["errors"]]
    lost = len(names) - len(well)
    print(f"{len(names)} learners, {lost} lost, {len(faults)} failed cells {faults[:3]}")
    line("seconds to the server", [row.get("server") for row in well])
    for notebook in notebooks:
        for key in ("opened", "picture", "done"):
            line(f"{notebook}: seconds, {key}", [row[notebook][key] for row in well])
    line("MB a learner, shared parts divided", [pss for pss, _ in used])
    line("MB a learner, of their own", [own for _, own in used])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("count", type=int)
    options.add_argument("--proxy", default="configurable-http-proxy")
    options.add_argument("--notebooks", nargs="*", default=["00_start_here.ipynb", "11_ct.ipynb"])
    options.add_argument("--close", action="store_true", help="shut 00 down before 11 is opened")
    options.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if not given.inside:
        shutil.rmtree(PLACE, ignore_errors=True)
        PLACE.mkdir()
        command = ["unshare", "--mount", "--mount-proc", "--pid", "--fork", "--kill-child"]
        command += [sys.executable, *sys.argv, "--inside"]
        raise SystemExit(subprocess.call(command))
    # Should memory end all the same, this class goes first, and nobody else's work.
    Path("/proc/self/oom_score_adj").write_text("1000")
    names = [f"m{k:02}" for k in range(1, given.count + 1)]
    # The proxy is a script of node's: found before its folder is hidden.
    proxy = [shutil.which("node"), str(Path(shutil.which(given.proxy)).resolve())]
    namespace(names)
    hub = start(given.count, proxy)
    try:
        asyncio.run(school(names, given.notebooks, given.close, hub))
    finally:
        hub.terminate()
        hub.wait(60)


if __name__ == "__main__":
    main()
