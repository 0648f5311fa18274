"""Settings of parts of a few units, for the tests of `ours`."""

from crossmodal.config.skipmodal.slots import SlotNetworkSettings

SMALL = {
    "kind": "slots",
    "slots": 2,
    "mels": 5,
    "text_decoder": 7,
    "speech_decoder": 8,
    "frames_per_step": 3,
    "max_steps": 6,
    "max_symbols": 9,
}


def settings(**changes):
    return SlotNetworkSettings.parse(SMALL | changes, "network")
