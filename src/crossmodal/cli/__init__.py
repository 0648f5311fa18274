"""The command `crossmodal`: trained models in a terminal."""
