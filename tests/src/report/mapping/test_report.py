import numpy as np
import pandas as pd
from PIL import Image

from crossmodal.files import sha256
from crossmodal.report.mapping.figures import draw_bars, draw_curves, draw_grid, to_rgb
from crossmodal.report.mapping.paper import COLUMNS, MODELS, TABLE_1
from crossmodal.report.mapping.tables import (
    tabulate_measures,
    write_measure_table,
    write_psnr_table,
)


def measures():
    cell = {"psnr": 15.123, "psnr_std": 0.05, "read": 0.875}
    table = {m: {modality: dict(cell) for modality in ("text", "speech")} for m in MODELS}
    return {"double": table, "colored": {m: dict(v) for m, v in table.items()}}


def test_the_papers_table_as_printed():
    assert len(TABLE_1) == 20
    assert TABLE_1["conv_vae", "speech", "double"] == 16.32
    assert TABLE_1["conv_ae", "speech", "colored"] == 19.67
    assert TABLE_1["direct", "text", "colored"] == 19.12


def test_tables_put_ours_beside_the_papers():
    values = measures()
    values["double"]["direct"]["text"] = {"psnr": 14.0, "read": 0.5}
    cells = tabulate_measures(values)
    assert len(cells) == 20
    lines = write_psnr_table(cells).splitlines()
    assert lines[0].startswith("| PSNR in dB | text, double: paper | text, double: ours |")
    assert lines[2].startswith("| direct | 14.73 | 14.00 | 19.12 | 15.12 ± 0.05 |")
    assert lines[3].startswith("| conv_vae | 15.82 | 15.12 ± 0.05 |")
    shares = write_measure_table(cells, "Read", "read").splitlines()
    assert shares[2] == "| direct | 0.50 | 0.88 | 0.88 | 0.88 |"
    missing = write_measure_table(cells, "Retrieval", "retrieval").splitlines()
    assert missing[2] == "| direct | – | – | – | – |"


def test_figures_are_the_same_bytes_every_time(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (3, 3, 28, 56), np.uint8)
    cells = tabulate_measures(measures())
    curve = pd.DataFrame({"images": [10, 20], "reconstruction": [500.0, 300.0]})
    curves = {dataset: dict.fromkeys(MODELS[1:], curve) for _, dataset in COLUMNS[:2]}
    for name in ("first", "second"):
        folder = tmp_path / name
        draw_grid(folder / "grid.png", "title", [("a", images), ("b", images)], ["x", "y", "z"])
        draw_bars(folder / "bars.png", cells)
        draw_curves(folder / "curves.png", curves)
    for figure in ("grid", "bars", "curves"):
        paths = [tmp_path / name / f"{figure}.png" for name in ("first", "second")]
        assert sha256(paths[0]) == sha256(paths[1])
        assert np.asarray(Image.open(paths[0])).std() > 5


def test_pictures_keep_their_colours():
    image = np.zeros((3, 28, 56), np.uint8)
    image[0] = 200
    assert to_rgb(image)[5, 5].tolist() == [200, 0, 0]
    assert to_rgb(image[:1])[5, 5].tolist() == [200, 200, 200]
