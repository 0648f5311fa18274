"""A bundle at an https address: a certificate that is trusted, and the checksum of the archive."""

import hashlib
import shutil
import ssl
import subprocess

import pytest

from crossmodal.cli.main import main
from crossmodal.inference import read_description
from crossmodal.inference.archives import pack
from tests.src.inference.web import serve_web

OPENSSL = shutil.which("openssl")
WRONG = "0" * 64

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="needs openssl, to make a certificate")


def make_certificate(folder, name):
    """A certificate for this machine that it has signed itself, with its key, in one PEM file."""
    file = folder / f"{name}.pem"
    command = f"req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj /CN={name}"
    ends = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file, "-out", folder / "public"]
    subprocess.run([OPENSSL, *command.split(), *ends], check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + (folder / "public").read_bytes())
    return file


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    return {name: make_certificate(folder, name) for name in ("ours", "other")}


@pytest.fixture(autouse=True)
def trust(certificates, tmp_path, monkeypatch):
    """A cache of the test's own; only our certificate is trusted."""
    monkeypatch.setenv("CROSSMODAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates["ours"]))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))


@pytest.fixture(scope="module")
def packed(models):
    return pack(read_description(models / "double-direct"))


@pytest.fixture(scope="module")
def served(certificates, packed):
    """Servers of http and of https with the archive; of the latter /moved/X leads to the former."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates["ours"])
    with serve_web() as plain, serve_web(tls, plain.address) as safe:
        plain.files = safe.files = {"direct.tar.gz": packed}
        yield plain, safe


@pytest.fixture
def generate(served, packed, tmp_path, capfd):
    """Draw with the model at a path of the https server; (exit code, messages, picture)."""

    right = hashlib.sha256(packed).hexdigest()

    def generate(path, checksum=right):
        picture = tmp_path / "75.png"
        place = f"{served[1].address}/{path}#sha256={checksum}"
        code = main(["generate", "75", "--to", "image", "--output", str(picture), "--model", place])
        return code, capfd.readouterr().err, picture.exists()

    return generate


def refuse(answer, reason):
    """Make sure that an answer is one line with a reason, and that nothing was made."""
    code, errors, made = answer
    assert (code, made, errors.count("\n")) == (2, False, 1), errors
    assert errors.startswith("crossmodal: https://127.0.0.1:") and reason in errors


def test_a_picture_is_drawn_by_a_bundle_at_an_https_address(generate, served):
    code, _, made = generate("direct.tar.gz")
    assert (code, made) == (0, True) and served[1].asked[-1] == "/direct.tar.gz"


def test_another_archive_than_the_one_of_the_checksum_is_refused(generate):
    refuse(generate("direct.tar.gz", WRONG), f"instead of {WRONG}")


@pytest.mark.parametrize("trusted", ["other", None])
def test_a_certificate_that_is_not_trusted_is_refused(
    generate, served, certificates, tmp_path, monkeypatch, trusted
):
    (tmp_path / "none.pem").touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.get(trusted, tmp_path / "none.pem")))
    asked = len(served[1].asked)
    refuse(generate("direct.tar.gz"), "certificate verify failed")
    assert len(served[1].asked) == asked


def test_a_certificate_of_another_host_is_refused(generate, served, monkeypatch):
    monkeypatch.setattr(served[1], "address", served[1].address.replace("127.0.0.1", "localhost"))
    code, errors, made = generate("direct.tar.gz")
    assert (code, made, errors.count("\n")) == (2, False, 1) and "localhost" in errors
    assert "certificate verify failed" in errors


def test_what_comes_by_http_after_a_redirect_must_have_the_checksum_too(generate, served):
    refuse(generate("moved/direct.tar.gz", WRONG), f"instead of {WRONG}")
    assert served[0].asked == ["/direct.tar.gz"]
    served[0].files = {"direct.tar.gz": b"put in its place on the way"}
    refuse(generate("moved/direct.tar.gz"), "has SHA-256")
