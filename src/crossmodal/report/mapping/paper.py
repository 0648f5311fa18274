"""Figures that paper A reports (Chaudhury et al. 2017), to stand beside ours."""

from collections.abc import Sequence

BASELINE = "direct"
MODALITIES = ("text", "speech")  # what pictures are made from
MODELS = (BASELINE, "conv_vae", "mlp_vae", "conv_ae", "mlp_ae")
COLUMNS = (
    ("text", "double"),
    ("text", "colored"),
    ("speech", "double"),
    ("speech", "colored"),
)

# Table 1: PSNR in dB, rows as MODELS, columns as COLUMNS.
TABLE_1_ROWS = (
    (14.73, 19.12, 15.26, 19.24),
    (15.82, 19.49, 16.32, 19.66),
    (15.73, 18.89, 16.08, 19.51),
    (14.97, 18.90, 15.26, 19.67),
    (14.89, 18.39, 15.22, 19.05),
)
TABLE_1 = {
    (model, *column): value
    for model, row in zip(MODELS, TABLE_1_ROWS, strict=True)
    for column, value in zip(COLUMNS, row, strict=True)
}

# Section 4: images that its auto-encoders were trained on.
TRAINING_IMAGES = {"double": 84_000, "colored": 336_000}


def list_figures(autoencoders: Sequence[str]) -> tuple[tuple[int, str, tuple[str, ...]], ...]:
    """Figures 2 to 4, as the paper shows them: number, what pictures are made from, models.

    Args:
        autoencoders: those of a run; figures 2 and 4 show the first.
    """
    return (
        (2, "text", (autoencoders[0], BASELINE)),
        (3, "text", (*autoencoders, BASELINE)),
        (4, "speech", (autoencoders[0], BASELINE)),
    )
