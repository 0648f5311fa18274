"""The page of a small made-up run: what it says, and that it says so by itself."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import soundfile
import torch
import yaml

import pipeline.check_params
import pipeline.mapping.write_page
from crossmodal.data.mapping.classes import DATASETS, split_classes
from crossmodal.data.mapping.words import VOCABULARY
from crossmodal.embed.mapping.table import create_table
from crossmodal.errors import DataError, ParameterError
from crossmodal.files import read_json, write_json, write_text
from crossmodal.models.classifier import DigitClassifier
from crossmodal.models.mapping.autoencoder import build_autoencoder
from crossmodal.models.mapping.mapping import Mapping
from crossmodal.models.mapping.names import AUTOENCODERS
from crossmodal.models.weights import save_weights
from crossmodal.report.mapping.paper import COLUMNS, MODELS, TABLE_1
from pipeline.mapping.write_page import PAGE
from tests.conftest import HELD_OUT
from tests.pages import Page

STAGE = yaml.safe_load(Path("dvc.yaml").read_text())["stages"]["write_page"]
DEPS = [path for path in STAGE["deps"] if path.startswith(("data/", "metrics/"))]
INPUTS = [path for path in DEPS if not path.startswith("data/code/")]
SHARES = ("read", "retrieval", "latent_retrieval", "captioner_retrieval")


@pytest.fixture(scope="module")
def run(project, image_folders, tmp_path_factory):
    """A folder with what the stage depends on, and nothing else."""
    folder = tmp_path_factory.mktemp("run")
    with chdir(folder):
        params = yaml.safe_load((project / "params.yaml").read_text())
        params["synthesize_images"]["held_out"] = list(HELD_OUT)
        write_text(Path("params.yaml"), yaml.safe_dump(params))
        pipeline.check_params.main()
        torch.manual_seed(0)
        write_measures(np.random.default_rng(0))
        write_inputs(np.random.default_rng(1))
        for dataset in DATASETS:
            shutil.copytree(image_folders[dataset], f"data/images/{dataset}")
            write_networks(dataset, params["train_mapping"]["seeds"][0])
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert [f for f in files if not f.startswith(("params.yaml", "data/params", *INPUTS))] == []
    return folder


def write_measures(rng):
    """Every figure another one; deviations where there may be several seeds."""
    for dataset in DATASETS:
        for model in MODELS:
            names = SHARES if model != "direct" else ("read",)
            cells = {}
            for modality in ("text", "speech"):
                paper = TABLE_1[model, modality, dataset]
                cell = {"psnr": round(paper + rng.normal(), 4)}
                cell |= {name: round(rng.uniform(), 4) for name in names}
                if model != "direct":
                    cell |= {f"{name}_std": round(rng.uniform(0, 0.1), 4) for name in cell}
                cells[modality] = cell
            write_json(Path(f"data/measures/mapping/{dataset}/{model}.json"), cells)
        for model in AUTOENCODERS:
            curve = pd.DataFrame({"images": [100, 200], "reconstruction": rng.uniform(90, 400, 2)})
            Path("metrics/curves").mkdir(parents=True, exist_ok=True)
            curve.to_csv(f"metrics/curves/{dataset}-{model}.csv", index=False)
    write_json(Path("data/measures/classifier.json"), {"test_accuracy": 0.9811})


def write_inputs(rng):
    """Recordings, word vectors and the classifier."""
    Path("data/speech/words").mkdir(parents=True)
    for word in VOCABULARY:
        samples = rng.integers(-9000, 9000, 600, np.int16)
        soundfile.write(f"data/speech/words/{word}.wav", samples, 24_000, subtype="PCM_16")
    with create_table(Path("data/embeddings/words.parquet"), pa.string(), 13) as table:
        table.write(VOCABULARY, "vocabulary", rng.normal(size=(13, 13)).astype(np.float32))
    Path("data/models/classifier").mkdir(parents=True)
    save_weights(Path("data/models/classifier/digits"), DigitClassifier(), {})


def write_networks(dataset, seed):
    """What the examples of the way back need, and generated pictures."""
    _, classes = split_classes(dataset, HELD_OUT)
    shape, words = ((1, 28, 56), 2) if dataset == "double" else ((3, 28, 56), 4)
    description = {"model": "conv_vae", "image_shape": shape, "embedding_size": 100}
    network = build_autoencoder("conv_vae", shape, 100)
    Path(f"data/models/autoencoder/{dataset}").mkdir(parents=True)
    save_weights(Path(f"data/models/autoencoder/{dataset}/conv_vae/0"), network, description)
    Path(f"data/models/mapping/{dataset}").mkdir(parents=True)
    mapping, sizes = (
        Path(f"data/models/mapping/{dataset}/conv_vae-0-text-{seed}"),
        (100, 13 * words, 8),
    )
    save_weights(mapping, Mapping(*sizes), {"sizes": sizes})
    arrays = {"classes": np.array([c.index for c in classes])}
    for name in (f"{model}-{modality}" for model in MODELS for modality in ("text", "speech")):
        seeds = np.random.default_rng(len(arrays))
        arrays[name] = seeds.integers(0, 256, (len(classes), *shape), np.uint8)
    Path("data/generated/mapping").mkdir(parents=True, exist_ok=True)
    np.savez_compressed(f"data/generated/mapping/{dataset}.npz", **arrays)


@pytest.fixture
def folder(run, tmp_path, monkeypatch):
    """A copy of the run to work in."""
    shutil.copytree(run, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def html(run, tmp_path_factory):
    """The page of the run."""
    folder = tmp_path_factory.mktemp("page")
    shutil.copytree(run, folder, dirs_exist_ok=True)
    with chdir(folder):
        pipeline.mapping.write_page.main()
        return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_the_page_is_in_order_and_asks_for_nothing(page):
    assert page.mistakes == []
    assert page.outside() == []
    assert {i for _, _, i in page.addresses if i.startswith("#")} <= {f"#{i}" for i in page.ids}
    policy = [v for _, n, v in page.attributes if n == "content" and v.startswith("default-src")]
    assert policy and policy[0].startswith("default-src 'none'; img-src data:; media-src data:;")


def read_all(run):
    folder = run / "data/measures/mapping"
    return {
        (model, modality, dataset): read_json(folder / dataset / f"{model}.json")[modality]
        for model in MODELS
        for modality, dataset in COLUMNS
    }


def test_every_cell_of_table_1_is_the_measures(page, run):
    measures = read_all(run)
    rows = page.tables["psnr"][2:]
    assert [row[0] for row in rows] == list(MODELS)
    for model, *cells in rows:
        for column, paper, ours in zip(COLUMNS, cells[::2], cells[1::2], strict=True):
            cell = measures[model, *column]
            assert paper == f"{TABLE_1[model, *column]:.2f}"
            deviation = f" ± {cell['psnr_std']:.2f}" if model != "direct" else ""
            difference = round(cell["psnr"], 2) - TABLE_1[model, *column]
            sign = "▼ \N{MINUS SIGN}" if difference < 0 else "+"
            assert ours == f"{cell['psnr']:.2f}{deviation} {sign}{abs(difference):.2f}"


def test_the_best_of_every_column_are_bold(html, run):
    measures = read_all(run)
    table = html[html.index('<table id="psnr"') :].split("</table>")[0]
    bold = re.findall(r'class="ours best"><span class="figure">([\d.]+)', table)
    best = {c: max(measures[m, *c]["psnr"] for m in MODELS) for c in COLUMNS}
    assert sorted(bold) == sorted(f"{value:.2f}" for value in best.values())
    bold = re.findall(r'class="paper group best">([\d.]+)', table)
    assert sorted(bold) == sorted(f"{max(TABLE_1[m, *c] for m in MODELS):.2f}" for c in COLUMNS)


@pytest.mark.parametrize("measure", SHARES)
def test_every_share_is_the_measures(page, run, measure):
    measures = read_all(run)
    rows = page.tables[f"shares-{measure}"][1:]
    assert [row[0] for row in rows] == list(MODELS if measure == "read" else MODELS[1:])
    for model, *cells in rows:
        for column, shown in zip(COLUMNS, cells, strict=True):
            cell = measures[model, *column]
            deviation = f" ± {100 * cell[f'{measure}_std']:.0f}" if model != "direct" else ""
            assert shown == f"{100 * cell[measure]:.0f}{deviation}"


def test_what_did_not_reproduce_is_counted_from_the_measures(html, run):
    measures = read_all(run)
    below = [k for k, c in measures.items() if round(c["psnr"], 2) - TABLE_1[k] < -0.3001]
    listed = html[html.index('<ul class="plain" id="below"') :].split("</ul>")[0]
    assert listed.count("<li>") == len(below) > 0
    for model, modality, dataset in below:
        assert f"{model}</span>, {modality}, {dataset}:" in listed


def test_everything_to_see_and_to_hear_is_there(page):
    sounds = [v for tag, _, v in page.addresses if tag == "audio"]
    # Three pairs are held out in this run: 3 classes, and 8 of 27 coloured ones.
    assert len(sounds) == 3 + 8
    assert all(v.startswith("data:audio/flac;base64,") for v in sounds)
    pictures = sum(tag == "img" for tag in page.elements)
    figures = sum((2, 5, 2)) * (3 + 8)
    assert pictures == (3 + 3) + (3 + 8) * len(MODELS) + figures + 2 * len(HELD_OUT)
    for words in ("zero seven", "four two", "nine one"):
        assert words in page.text
    assert page.text.count("never seen in training") >= 5
    assert all(
        f"{model} draws zero seven" in [v for _, n, v in page.attributes if n == "alt"]
        for model in MODELS
    )


def test_right_and_wrong_are_those_of_the_words(html):
    items = re.findall(r'<p class="words">([a-z ]+)</p>\s*<ol>(.*?)</ol>', html, re.DOTALL)
    drawn = re.findall(
        r'<p class="words">([a-z ]+)</p>\s*<audio.*?</audio>(.*?)</li>', html, re.DOTALL
    )
    assert len(items) == 2 * len(HELD_OUT) and len(drawn) == 3 + 8
    for words, inside in [*items, *drawn]:
        marks = re.findall(r'unseen">(right|wrong)</span></span> ([a-z ]+)<', inside)
        assert len(marks) == (3 if (words, inside) in items else len(MODELS))
        assert all((mark == "right") == (said == words) for mark, said in marks)


def test_the_same_bytes_in_another_process(html, folder, project):
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-m", "pipeline.mapping.write_page"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert PAGE.read_text(encoding="utf-8") == html


def test_what_a_person_writes_is_shown_not_obeyed(folder):
    params = yaml.safe_load(Path("params.yaml").read_text())
    evil = "\"'><img src=x onerror=alert(1)><script>alert(1)<script>&lt;"
    params["speak_words"]["fsdd_speaker"] = evil
    Path("params.yaml").write_text(yaml.safe_dump(params))
    pipeline.check_params.main()
    pipeline.mapping.write_page.main()
    page = Page(PAGE.read_text(encoding="utf-8"))
    assert page.mistakes == [] and page.outside() == []
    assert evil in page.text


@pytest.mark.parametrize("path", INPUTS)
def test_whatever_is_missing_is_named_in_one_line(folder, path):
    (shutil.rmtree if Path(path).is_dir() else os.unlink)(path)
    with pytest.raises(DataError) as error:
        pipeline.mapping.write_page.main()
    assert path in str(error.value) and "\n" not in str(error.value)
    assert not PAGE.parent.exists()


def test_nothing_is_written_from_wrong_parameters(folder):
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["write_page"]["near"] = -1
    params["embed_words"]["size"] = "13"
    Path("params.yaml").write_text(yaml.safe_dump(params))
    with pytest.raises(ParameterError, match=r"write_page.near = -1"):
        pipeline.mapping.write_page.main()
    assert not PAGE.parent.exists()


def test_the_templates_are_a_dep(project):
    templates = {p.relative_to(project).parent for p in project.glob("src/**/templates/*")}
    assert {path.as_posix() for path in templates} == {"src/crossmodal/report/templates"}
    assert "src/crossmodal/report/templates" in STAGE["deps"]
