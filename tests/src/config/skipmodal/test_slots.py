import pytest

from crossmodal.config.skipmodal.slots import SlotNetworkSettings
from crossmodal.errors import ParameterError


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"image_channels": [4] * 7}, "fewer image_channels; 7 leave nothing of 32 pixels"),
        ({"image_channels": [4]}, "network.image_channels = .*2 or more of them"),
        ({"speech_decoder": 7}, "allowed: an even speech_decoder; not 7"),
        ({"slots": 65}, "network.slots = 65; allowed: a whole number, at least 0, at most 64"),
        ({"bottleneck": {"size": 10}}, "a size that 4 heads divide; not 10"),
        ({"additions": {"noise": 0.1}}, "unknown key; allowed here: .*patches"),
        ({"weights": {"spelling": -1.0}}, "network.weights.spelling = -1.0; .*at least 0"),
        ({"word_characters": 0}, "network.word_characters = 0; .*at least 1"),
        ({"additions": {"hypotheses": 0}}, "network.additions.hypotheses = 0; .*1 is off"),
        ({"additions": {"order": -1.0}}, "network.additions.order = -1.0; .*0 is off"),
        ({"additions": {"text_first": 1.0}}, "network.additions.text_first = 1.0; .*less than 1"),
        ({"weights": {"contrast": -0.1}}, "network.weights.contrast = -0.1; .*at least 0"),
        ({"weights": {"contrsat": 1.0}}, "unknown key; allowed here: .*contrast"),
        ({"kind": "slot"}, "network.kind = 'slot'; allowed: one of slots"),
    ],
)
def test_settings_say_what_is_allowed(changes, said):
    with pytest.raises(ParameterError, match=said):
        SlotNetworkSettings.parse(
            {"kind": "slots", "image_decoder": {"channels": [6, 4]}} | changes, "network"
        )
