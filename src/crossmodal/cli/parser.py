"""The command line of `crossmodal`: commands, options, and a help that shows how to use them."""

import argparse
import os
import re
from typing import Any, NoReturn

from crossmodal.errors import ParameterError
from crossmodal.suggestions import did_you_mean

MODALITIES = ("text", "speech", "image")
DESCRIPTION = "Generate text, speech or images from one another with trained models."
FIRST_EXAMPLES = """\
  crossmodal models
  crossmodal generate "seven five" --to image --output 75.png
  crossmodal generate me.wav --to image
  crossmodal generate "a small red three left of a large blue seven" --to speech --output said.wav
  crossmodal retrieve 75.png --count 3"""
EXAMPLES = {
    "models": """\
  crossmodal models
  crossmodal models --json
  crossmodal models --models shared""",
    "describe": """\
  crossmodal describe double-conv_vae
  crossmodal describe double-conv_vae --json
  crossmodal describe double-conv_vae.tar.gz""",
    "generate": """\
  crossmodal generate "seven five" --to image            draw it in the terminal
  crossmodal generate 75 --to image --output 75.png      digits are words too
  crossmodal generate "red 7 blue 5" --to speech --output 75.wav
  crossmodal generate 75.png --to text                   read a picture
  crossmodal generate me.wav --to image                  words with pauses between them
  crossmodal generate seven.wav five.wav --to text       or one recording for each word
  crossmodal generate "a red three above a blue seven" --to speech --output said.wav
  crossmodal generate scene.png --to speech --output seen.wav --model skipmodal-ours-0""",
    "retrieve": """\
  crossmodal retrieve "seven five"
  crossmodal retrieve 75.png --count 3
  crossmodal retrieve me.wav --json""",
    "export": """\
  crossmodal export double-conv_vae shared               writes shared/double-conv_vae
  crossmodal export double-conv_vae.tar.gz shared        unpacks it there, checked
  crossmodal models --models shared""",
}
SOURCE = (
    'words such as "seven five", 75 or "red 7 blue 5"; a picture (.png, .jpg) of two digits; '
    "or recordings (.wav, .flac, .mp3, .m4a, .ogg, .webm): one with pauses between the words, or "
    "one for each word. For the models skipmodal-...: a sentence, a picture of a scene, or a "
    "recording of a sentence"
)

MODEL = (
    "a name that `crossmodal models` tells, an archive (.tar.gz), or an archive's address with its "
    "checksum (https://.../x.tar.gz#sha256=...)"
)

# Commands, options and their choices, for who mistypes one.
OPTIONS = ("--help", "--models", "--model", "--json", "--to", "--output", "--count")
NAMES = (*EXAMPLES, *MODALITIES, *OPTIONS)


class Parser(argparse.ArgumentParser):
    """Reports mistakes as all others are reported: in one line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options
        )

    def error(self, message: str) -> NoReturn:
        """Raises ParameterError instead of leaving the program."""
        # A wrong choice stands between quotes, an unknown option after a colon.
        wrong = re.search(r"invalid choice: '(.*?)'|unrecognized arguments:.*?(--[\w-]+)", message)
        hint = did_you_mean(wrong[1] or wrong[2] or "", NAMES) if wrong else ""
        raise ParameterError(f"{message}{hint}; {' '.join(self.format_usage().split())}")


def build_parser() -> Parser:
    """Commands and options; the result's `command` says which command was given."""
    parser = Parser(
        prog="crossmodal", description=DESCRIPTION, epilog=show_examples(FIRST_EXAMPLES)
    )
    commands = parser.add_subparsers(
        dest="command", metavar=f"{{{','.join(EXAMPLES)}}}", required=True, parser_class=Parser
    )

    def add(name: str, text: str) -> Parser:
        command = commands.add_parser(
            name,
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=show_examples(EXAMPLES[name]),
        )
        add_common(command)
        return command

    add("models", "list the trained models")
    describe = add("describe", "show a model's card: use, data, results, limits")
    describe.add_argument("model", metavar="MODEL", help=MODEL)
    generate = add("generate", "say or show something in another modality")
    add_source(generate)
    generate.add_argument(
        "--to", required=True, type=str.lower, choices=MODALITIES, help="what to make of it"
    )
    generate.add_argument(
        "--output", metavar="FILE", help=".txt, .wav or .flac, .png or .jpg; speech needs one"
    )
    retrieve = add("retrieve", "find the real images nearest to something")
    add_source(retrieve)
    retrieve.add_argument(
        "--count", type=read_count, default=5, metavar="N", help="how many (default: %(default)s)"
    )
    export = add("export", "copy a model, checked, to use it elsewhere")
    export.add_argument("model", metavar="MODEL", help=MODEL)
    export.add_argument("folder", metavar="FOLDER", help="where to put the model's own folder")
    return parser


def add_common(command: Parser) -> None:
    """Options of all commands."""
    default = os.environ.get("CROSSMODAL_MODELS") or "data/bundles"
    command.add_argument(
        "--models",
        metavar="FOLDER",
        default=default,
        help="where the models are (default: %(default)s; or set CROSSMODAL_MODELS)",
    )
    command.add_argument("--json", action="store_true", help="print the result as JSON")


def add_source(command: Parser) -> None:
    """What is given to a model, and which one."""
    command.add_argument("source", metavar="SOURCE", nargs="+", help=SOURCE)
    command.add_argument(
        "--model",
        metavar="MODEL",
        help=f"{MODEL}; default: of the models that fit the source the one that reads best",
    )


def read_count(text: str) -> int:
    """A number of images; raises ArgumentTypeError."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text[:20]!r}; allowed: a whole number from 1 on")
    return int(text)


def show_examples(examples: str) -> str:
    """The end of a help text."""
    return f"examples:\n{examples}"
