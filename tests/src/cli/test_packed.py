"""Models from archives and addresses, and those that another version has written."""

import hashlib
import json
import shutil
from pathlib import Path

from crossmodal.cli.main import main
from crossmodal.inference import load, read_description
from crossmodal.inference.archives import pack
from crossmodal.inference.description import hash_values, list_files
from tests.src.inference.web import serve_web


def test_models_of_another_version_are_named_in_one_line(run, workplace, capfd):
    run("export double-conv_vae some")
    for name in ("old", "older"):
        run(f"export double-direct some/{name}")
        Path(f"some/{name}/double-direct/model.json").write_text('{"format": 1}')
    capfd.readouterr()
    for command in ("models --models some", "generate 75 --to image --models some"):
        assert main(command.split()) == 0
        output, errors = capfd.readouterr()
        assert "double-direct" not in output
        (line,) = [line for line in errors.splitlines() if "another version" in line]
        assert "old/double-direct, older/double-direct" in line
    assert main(["describe", "old/double-direct", "--models", "some"]) == 2
    assert "reads format 2" in capfd.readouterr().err
    # Of damaged ones it still fails, and where there is no other.
    Path("some/old/double-direct/model.json").write_text("{}")
    assert main(["models", "--models", "some"]) == 2
    output, errors = capfd.readouterr()
    assert "double-conv_vae" in output and "crossmodal: some/old/double-direct" in errors
    shutil.rmtree("some/double-conv_vae")
    shutil.rmtree("some/old")
    assert main(["models", "--models", "some"]) == 2
    assert "reads format 2" in capfd.readouterr().err


def test_a_packed_model_is_used_wherever_it_is(run, workplace, models, monkeypatch):
    known = read_description(models / "double-conv_vae")
    packed = pack(known)
    Path("x.tar.gz").write_bytes(packed)
    said = run("generate 'seven five' --to speech --output a.wav --json")[0]
    given = ["x.tar.gz"]
    with serve_web() as web:
        web.files["x.tar.gz"] = packed
        given.append(f"{web.address}/x.tar.gz#sha256={hashlib.sha256(packed).hexdigest()}")
        for number, place in enumerate(given):
            monkeypatch.setenv("CROSSMODAL_CACHE", f"cache-{number}")
            # No folder of models is needed.
            command = f"--models nowhere --model {place}"
            told = run(f"generate 'seven five' --to speech --output b.wav --json {command}")[0]
            assert json.loads(told) == json.loads(said) | {"output": "b.wav"}
            assert Path("a.wav").read_bytes() == Path("b.wav").read_bytes()
            assert json.loads(run(f"describe {place} --json")[0]) == known.values
            assert json.loads(run(f"retrieve 75 --count 1 --json --model {place}")[0])["items"]
            run(f"export {place} copies")
            assert load("copies/double-conv_vae").description.values == known.values
            shutil.rmtree("copies")
    assert len(web.asked) == 1


def test_a_packed_model_without_checksum_is_refused(run, capfd):
    address = "https://example.invalid/x.tar.gz"
    assert main(["generate", "75", "--to", "image", "--model", address]) == 2
    errors = capfd.readouterr().err
    assert errors.startswith(f"crossmodal: {address} has no checksum") and errors.count("\n") == 1


def test_what_hubs_read_is_not_shown_to_people(run, workplace, models):
    copy = Path(shutil.copytree(models / "double-direct", "some/x"))
    values = json.loads((copy / "model.json").read_text())
    card = b"---\nlicense: mit\n---\n\n# double-direct\n\n---\n"
    (copy / "README.md").write_bytes(card)
    values["files"] |= list_files({"README.md": card})
    (copy / "model.json").write_text(json.dumps({**values, "self_sha256": hash_values(values)}))
    assert run("describe double-direct --models some")[0] == "# double-direct\n\n---\n"
