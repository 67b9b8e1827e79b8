"""``medkit demo NAME`` in a browser: Voilà's page with one explorer that answers."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from medkit import kit


@pytest.fixture
def demo(tmp_path):
    """Start a demo; return its address. It ends with the test."""
    pytest.importorskip("voila", reason="voila is not installed: pip install voila")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "medkit", "demo", "ct.dose", "--no-browser", f"--port={port}"]
    log = (tmp_path / "voila.log").open("w+")
    running = subprocess.Popen(
        command, env=kit.child_environment(), stdout=log, stderr=log, start_new_session=True
    )
    url, end = f"http://127.0.0.1:{port}/", time.monotonic() + 120
    while time.monotonic() < end and running.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    else:
        log.seek(0)
        pytest.fail(log.read())
    yield url
    os.killpg(running.pid, signal.SIGINT)
    running.wait(30)
    log.close()


def test_a_demo_fills_the_page_and_its_slider_answers(browser, demo, latencies, patience):
    page = browser.new_page(viewport={"width": 1600, "height": 900})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    start = time.monotonic()
    page.goto(demo, timeout=1e3 * 12 * patience)
    explorer = page.locator(".mk-explorer")
    page.wait_for_function(
        "document.querySelector('.mk-explorer canvas')?.width > 1000", timeout=1e3 * 12 * patience
    )
    seconds = time.monotonic() - start
    print(f"\nfirst picture {seconds:.1f} s after the page was opened")
    assert seconds <= 5 * patience
    assert explorer.bounding_box()["width"] > 1500
    assert page.get_by_text("from medkit").count() == 0  # no code
    explorer.get_by_role("slider", name="Tube current").focus()
    print("key press to changed pixels", latencies(explorer, ["ArrowLeft"] * 3).round(), "ms")
    outside = [url for url in asked if url.startswith("http") and not url.startswith(demo)]
    assert outside == []
    page.close()
