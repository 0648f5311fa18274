"""A packed bundle: the same bytes each time, and nothing but a bundle comes out of an archive."""

import gzip
import io
import subprocess
import tarfile
import zlib

import pytest

from crossmodal.errors import DataError
from crossmodal.inference import archives, read_description
from crossmodal.inference.archives import pack, unpack
from crossmodal.inference.description import CARD, DESCRIPTION, LARGEST, WEIGHTS

FILES = {DESCRIPTION: b"{}", CARD: b"# x\n", WEIGHTS: b"w" * 700}


def entry(name, content=b"", **changes):
    """A header with `changes` and its content."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in changes.items():
        setattr(info, key, value)
    return info, content


def write(*entries, form=tarfile.USTAR_FORMAT):
    """A .tar.gz of headers and contents, as they are."""
    stream = io.BytesIO()
    for info, content in entries:
        stream.write(info.tobuf(form) + content + bytes(-len(content) % 512))
    return gzip.compress(stream.getvalue() + bytes(1024))


def model(prefix="x/", **changes):
    return [entry(prefix + name, content, **changes) for name, content in FILES.items()]


def take(packed):
    return unpack(io.BytesIO(packed), "x.tar.gz")


def test_what_was_packed_comes_out_and_the_bytes_are_the_same(folders, tmp_path):
    known = read_description(folders["double"])
    packed = pack(known)
    files = {path.name: path.read_bytes() for path in folders["double"].iterdir()}
    assert take(packed) == files
    copy = tmp_path / "elsewhere"
    copy.mkdir()
    for name, content in files.items():
        (copy / name).write_bytes(content)
        (copy / name).chmod(0o600)
    assert pack(read_description(copy)) == packed


def test_a_damaged_bundle_is_not_packed(folders, tmp_path):
    for path in folders["direct"].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / WEIGHTS).write_bytes(b"")
    with pytest.raises(DataError, match="checksum is wrong"):
        pack(read_description(tmp_path))


def test_tar_itself_reads_and_writes_them(folders, tmp_path):
    (tmp_path / "a.tar.gz").write_bytes(pack(read_description(folders["direct"])))
    subprocess.run(["tar", "xzf", "a.tar.gz"], cwd=tmp_path, check=True)
    (name,) = (path.name for path in tmp_path.iterdir() if path.is_dir())
    subprocess.run(["tar", "czf", "b.tar.gz", f"./{name}"], cwd=tmp_path, check=True)
    files = {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
    assert take((tmp_path / "b.tar.gz").read_bytes()) == files
    subprocess.run(["tar", "czf", "../c.tar.gz", *files], cwd=tmp_path / name, check=True)
    assert take((tmp_path / "c.tar.gz").read_bytes()) == files


def harmful():
    """What is wrong: (entries of an archive, what the message says)."""
    link = {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}
    yield "traversal", [entry("../model.json", b"{}")], "belongs to no model"
    yield "folder traversal", [entry("x/../model.json", b"{}")], "belongs to no model"
    yield "absolute", [entry("/model.json", b"{}")], "belongs to no model"
    yield "deep", [entry("a/b/model.json", b"{}")], "belongs to no model"
    yield "another file", [*model(), entry("x/setup.py", b"")], "belongs to no model"
    yield "hidden", [entry("x/._model.json", b"")], "belongs to no model"
    yield "symbolic link", [entry("x/model.json", **link)], "belongs to no model"
    for name in ("LNKTYPE", "CHRTYPE", "BLKTYPE", "FIFOTYPE", "GNUTYPE_SPARSE", "XHDTYPE",
                 "XGLTYPE", "GNUTYPE_LONGNAME", "SOLARIS_XHDTYPE"):  # fmt: skip
        kind = getattr(tarfile, name)
        yield name, [entry("x/model.json", type=kind)], "belongs to no model"
    yield "twice", [*model(), entry("x/model.json", b"{}")], "more than one"
    yield "two", [*model(), entry("y/model.json", b"{}")], "more than one"
    yield "two places", [*model()[:2], entry(WEIGHTS, b"w")], "more than one"
    yield "a part", model()[:2], "weights.safetensors is missing"
    yield "nothing", [], "holds no model"
    yield "many folders", [entry("x/", type=tarfile.DIRTYPE)] * 9, "more than 8 entries"
    yield "claims", [entry("x/README.md", size=LARGEST[CARD] + 1)], "larger than 1048576 bytes"
    yield "negative", [entry("x/README.md", size=-512)], "larger than"
    yield "less than it claims", [entry("x/README.md", size=600)][:1], "cut off"


HARMFUL = {name: (entries, answer) for name, entries, answer in harmful()}


@pytest.mark.parametrize("name", HARMFUL)
def test_anything_else_is_refused(name):
    entries, answer = HARMFUL[name]
    form = tarfile.GNU_FORMAT if name in ("claims", "negative") else tarfile.USTAR_FORMAT
    packed = write(*entries, form=form)
    if name == "less than it claims":
        packed = gzip.compress(gzip.decompress(packed)[:-1024])
    with pytest.raises(DataError, match=answer) as refused:
        take(packed)
    assert "\n" not in str(refused.value) and "x.tar.gz" in str(refused.value)


@pytest.mark.parametrize("prefix", ["", "x/", "./x/", "./"])
def test_wherever_the_files_lie_they_are_taken(prefix):
    folder = entry("x/", type=tarfile.DIRTYPE)
    assert take(write(folder, *model(prefix))) == FILES


def test_a_cut_or_flipped_archive_is_refused_or_whole(folders):
    packed = write(*model())
    for length in range(0, len(packed) - 8):
        try:
            assert take(packed[:length]) == FILES  # only the zeros at its end are missing
        except DataError as error:
            assert "\n" not in str(error)
    for place in range(len(packed)):
        flipped = bytearray(packed)
        flipped[place] ^= 0x40
        try:
            take(bytes(flipped))
        except DataError as error:
            assert "\n" not in str(error)


def test_no_more_is_unpacked_than_a_model_may_have(monkeypatch):
    """A bomb: a small archive whose one entry is larger than it may be, or whose header is."""
    monkeypatch.setitem(archives.LARGEST, CARD, 1000)
    read = []
    whole = gzip.GzipFile.read

    def count(self, size=-1):
        read.append(size)
        return whole(self, size)

    monkeypatch.setattr(gzip.GzipFile, "read", count)
    for kind in (tarfile.REGTYPE, tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME):
        bomb = write(entry("x/README.md", bytes(2**24), type=kind))
        assert len(bomb) < 2**15
        with pytest.raises(DataError):
            take(bomb)
    assert sum(read) == 3 * 512 and min(read) > 0


def test_other_files_are_refused_plainly():
    for content in (b"", b"PK\3\4", b"\x1f\x8b", b"x" * 5000, gzip.compress(b"x" * 5000),
                    gzip.compress(b""), zlib.compress(b"x")):  # fmt: skip
        with pytest.raises(DataError, match=r"x\.tar\.gz cannot be unpacked: .*; allowed"):
            take(content)
