"""Fetching from servers that are good, dead, lying, or break off."""

import gzip
import hashlib
import os
import re
import socket
import stat
import subprocess
import sys
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from medkit.data.sets import catalogue, fetch
from medkit.data.sets.card import Download

CONTENT = os.urandom(3_000) * 100
MD5 = "md5:" + hashlib.md5(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        if self.path == "/gone":
            return self.send_error(404)
        if self.path == "/packed":
            packed = gzip.compress(CONTENT)
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(packed)))
            self.end_headers()
            return self.wfile.write(packed)
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if self.path == "/wrong":
            self.wfile.write(CONTENT[::-1])
        elif self.path == "/cut":
            self.wfile.write(CONTENT[: len(CONTENT) // 2])
        elif self.path == "/slow":
            for start in range(0, len(CONTENT), 30_000):
                self.wfile.write(CONTENT[start : start + 30_000])
                time.sleep(0.05)
        else:
            self.wfile.write(CONTENT)

    def log_message(self, *words):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def dead():
    """Address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/x"


def a_card(*mirrors, **changes):
    downloads = (Download("set.npz", MD5, mirrors),)
    return replace(catalogue.card("breastmnist"), downloads=downloads, **changes)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives_whole_readable_and_only_once(server, tmp_path, capsys):
    folder = tmp_path / "new" / "folder"
    card = a_card(server.url + "/good")
    (path,) = fetch.fetch(card, folder=folder)
    assert path.read_bytes() == CONTENT
    assert names(folder) == ["set.npz"]
    assert stat.S_IMODE(path.stat().st_mode) & 0o044 == 0o044 or os.name == "nt"
    assert re.search(r"100%.*300k/300k", capsys.readouterr().err)
    fetch.fetch(card, folder=folder)
    assert server.asked == ["/good"]


@pytest.mark.parametrize(
    ("way", "says"),
    [
        ("/wrong", "sent another or a broken file"),
        ("/cut", "ChunkedEncodingError"),
        ("/gone", "answered 404"),
    ],
)
def test_a_bad_server_leaves_nothing_behind(server, tmp_path, way, says):
    with pytest.raises(fetch.FetchError, match=says):
        fetch.fetch(a_card(server.url + way), folder=tmp_path)
    assert names(tmp_path) == []


def test_mirrors_are_tried_in_order(server, dead, tmp_path):
    ways = [server.url + way for way in ("/gone", "/cut", "/wrong", "/good", "/never")]
    (path,) = fetch.fetch(a_card(dead, *ways), folder=tmp_path)
    assert path.read_bytes() == CONTENT
    assert server.asked == ["/gone", "/cut", "/wrong", "/good"]


def test_without_a_network_it_says_what_to_type_and_where_to_put_it(dead, tmp_path, server):
    with pytest.raises(fetch.FetchError) as caught:
        fetch.fetch(a_card(dead), folder=tmp_path)
    said = str(caught.value)
    assert "cannot be reached" in said
    assert "medkit data fetch breastmnist" in said
    assert dead in said
    assert str(tmp_path) in said
    assert "\n" not in said


def test_a_file_that_rotted_is_found_and_replaced(server, tmp_path):
    card = a_card(server.url + "/good")
    (path,) = fetch.fetch(card, folder=tmp_path)
    broken = bytearray(CONTENT)
    broken[1000] ^= 1
    path.write_bytes(broken)
    assert fetch.state(path, card.downloads[0]) == "damaged"
    fetch.fetch(card, folder=tmp_path)
    assert fetch.state(path, card.downloads[0]) == "there"


def test_a_failed_renewal_keeps_what_was_there(server, tmp_path):
    (tmp_path / "set.npz").write_bytes(b"older")
    with pytest.raises(fetch.FetchError):
        fetch.fetch(a_card(server.url + "/cut"), folder=tmp_path)
    assert (tmp_path / "set.npz").read_bytes() == b"older"


def test_two_processes_at_once_end_with_one_good_file(server, tmp_path):
    code = (
        "from pathlib import Path; from dataclasses import replace; "
        "from medkit.data.sets import card; from medkit.data.sets import fetch; "
        f"download = card.Download('set.npz', {MD5!r}, ({server.url + '/slow'!r},)); "
        "one = replace(card.card('breastmnist'), downloads=(download,)); "
        f"fetch.fetch(one, folder=Path({str(tmp_path)!r}))"
    )
    both = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert server.asked == ["/slow", "/slow"]
    assert names(tmp_path) == ["set.npz"]
    assert (tmp_path / "set.npz").read_bytes() == CONTENT


def test_a_folder_that_cannot_be_written_is_one_clear_error(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(fetch.FetchError, match="MEDKIT_DATA"):
        fetch.fetch(a_card(server.url + "/good"), folder=tmp_path / "file" / "below")


def test_a_class_shares_one_copy_that_it_cannot_write(server, tmp_path, monkeypatch):
    shared = tmp_path / "shared"
    card = a_card(server.url + "/good")
    fetch.fetch(card, folder=shared)
    shared.chmod(0o555)
    monkeypatch.setenv("MEDKIT_DATA", str(shared))
    try:
        assert fetch.fetch(card) == [shared / "set.npz"]
        assert fetch.here(card) == list(card.downloads)
        if not os.access(shared, os.W_OK):
            other = replace(card, downloads=(replace(card.downloads[0], file="b.npz"),))
            with pytest.raises(fetch.FetchError, match="MEDKIT_DATA"):
                fetch.fetch(other)
    finally:
        shared.chmod(0o755)
    assert server.asked == ["/good"]


def test_the_data_folder_is_the_users_own_unless_one_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("MEDKIT_DATA", raising=False)
    assert fetch.data_folder().name == "medkit" or "medkit" in fetch.data_folder().parts
    monkeypatch.setenv("MEDKIT_DATA", str(tmp_path))
    assert fetch.data_folder() == tmp_path


def test_the_licence_is_shown(server, tmp_path, capsys):
    card = a_card(server.url + "/good", commercial_use=False, licence="CC BY-NC 4.0")
    fetch.fetch(card, folder=tmp_path)
    assert "CC BY-NC 4.0, NOT FOR COMMERCIAL USE" in capsys.readouterr().out


def test_only_fetched_sets_are_fetched():
    with pytest.raises(ValueError, match="simulated: there is nothing to fetch"):
        catalogue.fetch("ct_bleed")


def test_progress_stays_below_all_of_it(server, tmp_path, capsys):
    # A server that packs says how long the packed file is: less than what arrives.
    fetch.fetch(a_card(server.url + "/packed"), folder=tmp_path)
    shown = [int(n) for n in re.findall(r"(\d+) ?%", capsys.readouterr().err)]
    assert all(n <= 100 for n in shown), shown
