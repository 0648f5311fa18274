"""Generate one modality (text, speech, image) from another."""
