"""Sources in order, checksums, and messages that say what to do."""

import gzip
import hashlib
import http.server
import io
import os
import stat
import tarfile
import threading

import pytest

from crossmodal.data.fetch import (
    download_gzip,
    first_that_works,
    only_file,
    pack_npm,
    run,
    take_files,
)
from crossmodal.errors import DataError


def fail(reason):
    def source():
        raise DataError(reason)

    return source


def test_first_source_that_delivers_wins():
    called = []
    sources = {"a": fail("gone"), "b": lambda: called.append("b"), "c": lambda: called.append("c")}
    assert first_that_works(sources, "") == "b"
    assert called == ["b"]


def test_all_failed_says_why_and_what_to_do():
    with pytest.raises(DataError) as caught:
        first_that_works({"folder": fail("not set"), "npm": fail("not installed")}, "Install npm.")
    assert str(caught.value).splitlines() == [
        "no source delivered:",
        "  folder: not set",
        "  npm: not installed",
        "Install npm.",
    ]


def test_folder_copies_named_files(tmp_path):
    (tmp_path / "from").mkdir()
    (tmp_path / "to").mkdir()
    (tmp_path / "from" / "a").write_text("1")
    take_files(tmp_path / "from", ["a"], tmp_path / "to")
    assert (tmp_path / "to" / "a").read_text() == "1"
    with pytest.raises(DataError, match="b is missing"):
        take_files(tmp_path / "from", ["b"], tmp_path / "to")


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """An npm that packs one archive; returns the archive's SHA-256."""
    archive = tmp_path / "pkg-1.0.0.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        member = tarfile.TarInfo("package/data/file")
        member.size = 5
        tar.addfile(member, io.BytesIO(b"hello"))
        link = tarfile.TarInfo("package/data/link")
        link.type, link.linkname = tarfile.LNKTYPE, "../../../etc/passwd"
        tar.addfile(link)
    script = tmp_path / "bin" / "npm"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\n[ "$1" = pack ] && cp "{archive}" "$4"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    return hashlib.sha256(archive.read_bytes()).hexdigest()


def test_npm_members_of_the_pinned_archive(npm, tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    pack_npm("pkg@1.0.0", npm, {"package/data/file": "renamed"}, target)
    assert [(p.name, p.read_text()) for p in target.iterdir()] == [("renamed", "hello")]


def test_another_archive_than_the_pinned_one_is_refused(npm, tmp_path):
    with pytest.raises(DataError, match=f"has SHA-256 {npm} instead of 00"):
        pack_npm("pkg@1.0.0", "00", {"package/data/file": "renamed"}, tmp_path)
    assert not (tmp_path / "renamed").exists()


def test_programs_that_fail_or_are_missing():
    with pytest.raises(DataError, match="no-such-program is not installed"):
        run(["no-such-program"])
    with pytest.raises(DataError, match="sh failed: last words"):
        run(["sh", "-c", "echo first >&2; echo last words >&2; exit 3"])


def test_empty_download_folder(tmp_path):
    with pytest.raises(DataError, match="found 0"):
        only_file(tmp_path, "00")


@pytest.fixture
def mirror():
    """A local mirror that fails the first request for /flaky.gz; counts requests."""
    content, asked = gzip.compress(b"digits", mtime=0), []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            good = self.path != "/gone.gz" and not (self.path == "/flaky.gz" and len(asked) == 1)
            self.send_response(200 if good else 503)
            body = content if good else b""
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    yield base, f"md5:{hashlib.md5(content).hexdigest()}", asked
    server.shutdown()


def test_download_retries_and_unpacks(mirror, tmp_path):
    base, checksum, asked = mirror
    download_gzip([f"{base}/flaky.gz"], checksum, tmp_path / "out", retries=1)
    assert (tmp_path / "out").read_bytes() == b"digits"
    assert len(asked) == 2


def test_download_falls_back_to_the_next_mirror(mirror, tmp_path):
    base, checksum, _ = mirror
    download_gzip([f"{base}/gone.gz", f"{base}/here.gz"], checksum, tmp_path / "out", retries=0)
    assert (tmp_path / "out").read_bytes() == b"digits"


def test_download_with_a_wrong_checksum_is_refused(mirror, tmp_path):
    base, _, _ = mirror
    with pytest.raises(DataError, match=r"here\.gz"):
        download_gzip([f"{base}/here.gz"], "md5:" + "0" * 32, tmp_path / "out", retries=0)
    assert not (tmp_path / "out").exists()
