"""Embed the spoken words by their mel-frequency cepstral coefficients."""

import numpy as np
import pyarrow as pa

from crossmodal.config.mapping.embeddings import EmbedSpeech
from crossmodal.data.audio import read_audio
from crossmodal.data.mapping.words import VOCABULARY
from crossmodal.embed.mapping.compound import measure_separation
from crossmodal.embed.mapping.speech import embed_recording
from crossmodal.embed.mapping.table import create_table
from crossmodal.files import write_json
from pipeline import stage
from pipeline.mapping.paths import MODALITIES, SPOKEN_WORDS
from pipeline.paths import MEASURES


def main() -> None:
    """One vector a word."""
    config = stage.load("embed_speech", EmbedSpeech)
    recordings = [read_audio(SPOKEN_WORDS / f"{word}.wav") for word in VOCABULARY]
    vectors = np.stack([embed_recording(*recording, config) for recording in recordings])
    with create_table(MODALITIES["speech"], pa.string(), config.coefficients) as table:
        table.write(VOCABULARY, "vocabulary", vectors)
    separation = measure_separation(MODALITIES["speech"])
    write_json(MEASURES / "embeddings" / "speech.json", {"separation": separation})


if __name__ == "__main__":
    stage.run(main)
