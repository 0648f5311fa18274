"""What runs of paper B make of what: names that generation, measures and reports share."""

from typing import Literal

Task = Literal[
    "image_to_text",
    "image_to_speech",
    "text_to_speech",
    "speech_to_text",
    "image_to_speech_via_text",
]
VIA_TEXT: Task = "image_to_speech_via_text"  # by the text that the same network writes of the image
TASKS: tuple[Task, ...] = ("image_to_text", "image_to_speech", "text_to_speech", "speech_to_text")
Drawing = Literal["text_to_image", "speech_to_image"]
DRAWINGS: tuple[Drawing, ...] = ("text_to_image", "speech_to_image")
