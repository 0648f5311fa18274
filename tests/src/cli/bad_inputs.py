"""What people may give to `crossmodal` that it cannot use: (name, arguments, what is answered)."""

TO_IMAGE = ("--to", "image")
WORDS = {
    "nothing": "",
    "blanks": "   ",
    "one word": "seven",
    "three words": "seven five two",
    "five words": "red seven blue five green",
    "misspelt word": "seven fife",
    "other words": "good morning",
    "German": "sieben fünf",
    "Chinese": "七五",
    "Arabic digits": "٧٥",
    "full-width digits": "７５",
    "pictographs": "7️⃣5️⃣",
    "one digit": "7",
    "three digits": "755",
    "four digits": "7575",
    "negative number": "-75",
    "fraction": "7.5",
    "colours only": "red blue",
    "colours last": "seven red five blue",
    "unknown colour": "yellow 7 blue 5",
    "escape codes": "seven \x1b[31mfive",
    "null character": "seven\x00five",
    "bell": "seven five\x07",
    "right-to-left mark": "\u202eseven five",
    "half of a character": "seven five\udcff",
    "a command": "seven; rm -rf .",
    "a template": "{words} %s %(prog)s",
    "very long": "seven " * 50_000,
}
FILES = {
    "missing picture": "missing.png",
    "missing recording": "missing.wav",
    "missing folder": "missing/good.png",
    "folder": "shelf/",
    "folder called .png": "folder.png",
    "folder called .wav": "folder.wav",
    "below a file": "good.png/good.png",
    "broken link .png": "broken.png",
    "broken link .wav": "broken.wav",
    "device": "/dev/zero",
    "device linked .png": "zero.png",
    "device linked .wav": "zero.wav",
    "pipe .png": "pipe.png",
    "pipe .wav": "pipe.wav",
    "name too long": "n" * 300 + ".png",
    "null in name": "a\x00.png",
    "line break in name": "two\nlines.wav",
    "half a character in name": "\udcff.wav",
    "not Unicode .png": "\udcff.png",
    "mp3": "text.mp3",
    "ogg": "missing.ogg",
    "numpy": "x.npy",
    "film": "x.mp4",
    "gif": "animated.gif",
    "bmp": "other.bmp",
    "webp": "other.webp",
    "tiff": "other.tiff",
    "address": "https://example.org/good.png",
    "text called .png": "text.png",
    "text called .wav": "text.wav",
    "gif called .png": "gif.png",
    "bmp called .jpg": "bmp.jpg",
    "no bytes .png": "empty.png",
    "no bytes .jpg": "empty.jpg",
    "no bytes .wav": "empty.wav",
    "no bytes .flac": "empty.flac",
    "truncated png": "cut.png",
    "truncated jpeg": "cut.jpg",
    "header of a png": "head.png",
    "header of a wav": "head.wav",
    "flac of nonsense": "claims.flac",
    "decompression bomb": "bomb.png",
    "too many pixels": "large.png",
    "too many bytes": "heavy.png",
    "one pixel": "point.png",
    "white picture": "white.png",
    "transparent picture": "clear.png",
    "blank picture, 16 bits": "blank16.png",
    "blank picture, CMYK": "blank_cmyk.jpg",
    "blank first frame": "animated.png",
    "silent": "silent.wav",
    "no samples": "none.wav",
    "click": "click.wav",
    "over a minute": "long.wav",
    "sound without pause": "lasting.wav",
    "samples not a number": "nan.wav",
    "infinite samples": "inf.wav",
    "1 Hz": "1hz.wav",
    "4000 Hz": "4000hz.wav",
    "191999 Hz": "191999hz.wav",
    "768000 Hz": "768000hz.wav",
    "one word spoken": "word.wav",
    "three words spoken": "three.wav",
    "five words spoken": "five.wav",
}
OUTPUTS = {
    "missing folder": (("75",), "image", "missing/75.png", "existing folder"),
    "folder": (("75",), "image", "folder.png", "is a folder"),
    "below a file": (("75",), "image", "good.png/75.png", "existing folder"),
    "name too long": (("75",), "image", "n" * 300 + ".png", "too long"),
    "no name": (("75",), "image", "", "saved as .png"),
    "no suffix": (("75",), "image", "75", "saved as .png"),
    "gif": (("75",), "image", "75.gif", "saved as .png"),
    "image as wav": (("75",), "image", "75.wav", "saved as .png"),
    "speech as png": (("75",), "speech", "75.png", "saved as .wav"),
    "speech as mp3": (("75",), "speech", "75.mp3", "saved as .wav"),
    "words as png": (("good.png",), "text", "75.png", "saved as .txt"),
}
DIRECT = ("--model", "double-direct")
COLORED = ("--model", "colored-conv_vae")
DOUBLE = ("--model", "double-conv_vae")
OTHERS = [
    ("words and file", ("generate", "seven", "five.wav", *TO_IMAGE), "together"),
    ("two pictures", ("generate", "good.png", "color.png", *TO_IMAGE), "one picture"),
    ("picture and recording", ("generate", "good.png", "two.wav", *TO_IMAGE), "one picture"),
    ("three recordings", ("generate", *["word.wav"] * 3, *TO_IMAGE), "allowed: 2"),
    ("many recordings", ("generate", *["word.wav"] * 99, *TO_IMAGE), "allowed: 2"),
    ("two of four recordings", ("generate", *["word.wav"] * 2, *TO_IMAGE, *COLORED), "allowed: 4"),
    ("two of four words heard", ("generate", "two.wav", *TO_IMAGE, *COLORED), "instead of 4"),
    ("four of two words heard", ("generate", "four.wav", *TO_IMAGE, *DOUBLE), "instead of 2"),
    ("word of two words", ("generate", *["lasting.wav"] * 2, *TO_IMAGE), "allowed"),
    ("words without colours", ("generate", "75", *TO_IMAGE, *COLORED), "a colour"),
    ("words with colours", ("generate", "red 7 blue 5", *TO_IMAGE, *DOUBLE), "a digit, a digit"),
    (
        "picture without colour",
        ("generate", "good.png", "--to", "text", *COLORED),
        "red, green and",
    ),
    ("words to words", ("generate", "75", "--to", "text"), "text to image"),
    ("picture to picture", ("generate", "good.png", *TO_IMAGE), "image to text"),
    ("speech to speech", ("generate", "two.wav", "--to", "speech"), "speech to image"),
    ("speech by direct", ("generate", "75", "--to", "speech", *DIRECT), "text to image"),
    ("picture for direct", ("generate", "good.png", "--to", "text", *DIRECT), "text to image"),
    ("search by direct", ("retrieve", "75", *DIRECT), "another model"),
    ("unknown target", ("generate", "75", "--to", "video"), "'text', 'speech', 'image'"),
    ("no target", ("generate", "75"), "{text,speech,image}"),
    ("target without value", ("generate", "75", "--to"), "{text,speech,image}"),
    ("no source", ("generate", *TO_IMAGE), "SOURCE"),
    ("unknown model", ("generate", "75", *TO_IMAGE, "--model", "gan"), "allowed: colored-conv_vae"),
    ("model by path", ("describe", "../models/double-conv_vae"), "allowed: colored-conv_vae"),
    ("model of no name", ("describe", ""), "allowed: colored-conv_vae"),
    ("no model named", ("describe",), "MODEL"),
    (
        "no model that fits",
        ("generate", "red 7 blue 5", *TO_IMAGE, "--models", "taken-out"),
        "--model",
    ),
    ("missing models", ("models", "--models", "missing"), "no trained models in missing"),
    ("no models inside", ("models", "--models", "nothing", "--json"), "no trained models"),
    ("models in a file", ("generate", "75", *TO_IMAGE, "--models", "two.wav"), "no trained models"),
    ("models at null", ("models", "--models", "a\x00b"), "no trained models"),
    ("count 0", ("retrieve", "75", "--count", "0"), "from 1 on"),
    ("count -1", ("retrieve", "75", "--count", "-1"), "from 1 on|expected one argument"),
    ("count of text", ("retrieve", "75", "--count", "five"), "from 1 on"),
    ("count 1.5", ("retrieve", "75", "--count", "1.5"), "from 1 on"),
    ("count of nothing", ("retrieve", "75", "--count", ""), "from 1 on"),
    ("huge count", ("retrieve", "75", "--count", "9" * 5000), "from 1 on"),
    ("count over gallery", ("retrieve", "75", "--count", "101"), "1 to 100"),
    ("count without value", ("retrieve", "75", "--count"), "--count N"),
    ("unknown option", ("generate", "75", *TO_IMAGE, "--fast"), "usage"),
    ("shortened option", ("generate", "75", *TO_IMAGE, "--out", "75.png"), "usage"),
    ("option of another command", ("models", "--count", "3"), "usage"),
    ("unknown command", ("make", "75"), "'models', 'describe'"),
    ("no command", (), "models,describe"),
    ("export nowhere", ("export", "double-direct"), "FOLDER"),
    ("export to missing", ("export", "double-direct", "missing/deep"), "allowed: a folder"),
    ("export to a file", ("export", "double-direct", "good.png"), "allowed: a folder"),
    ("export onto something", ("export", "double-conv_vae", "taken"), "already there"),
    ("export of unknown", ("export", "gan", "nothing"), "allowed: colored-conv_vae"),
]
DAMAGED = {
    "no-weights": "missing",
    "cut-weights": "checksum",
    "flipped-weights": "checksum",
    "swapped-weights": "checksum",
    "exchanged-weights": "asks for",
    "no-json": "JSON",
    "blank-json": "JSON",
    "nested-json": "JSON",
    "list-json": "format",
    "byte-json": "JSON",
    "altered-json": "checksum",
    "large-json": "larger",
    "old-format": "reads format 2",
    "unknown-family": "embedding-mapping, direct, skip-modal",
    "other-words": "vocabulary",
    "huge-network": "allowed",
}
# Of paper B's models, which are named here: by default they get what looks like theirs.
SENTENCES = {
    "nothing": ("", "allowed: a sentence"),
    "a sign": ("a red #7", "'#7'; allowed: English letters"),
    "fraction": ("half a red ½", "'½'"),
    "Chinese": ("一个红色的七", "English letters"),
    "pictographs": ("a red 🔴", "English letters"),
    "null character": ("a red\x00seven", "English letters"),
    "escape codes": ("a \x1b[31mred\x1b[0m seven", "English letters"),
    "half of a character": ("a red seven\udcff", "English letters"),
    "angle brackets": ("a <red> seven", "English letters"),
    "too long": ("a red seven and a blue three and a small green four, a red one", "up to 59"),
    "very long": ("a red seven " * 50_000, "up to 59"),
}
SCENES = {
    "missing picture": ("missing.png", "missing"),
    "text called .png": ("text.png", "neither PNG"),
    "truncated png": ("cut.png", "cannot be read"),
    "decompression bomb": ("bomb.png", "neither PNG|more than"),
    "one pixel": ("point.png", "smaller"),
    "strip": ("strip.png", "too narrow"),
    "white picture": ("white.png", "blank"),
    "transparent picture": ("clear.png", "blank"),
    "silent": ("silent.wav", "silent clip"),
    "no samples": ("none.wav", "has no sound"),
    "click": ("click.wav", "allowed are mono"),
    "longer than any of the training": ("lasting.wav", "allowed: up to 3 s"),
    "over a minute": ("long.wav", "up to 60 s"),
    "samples not a number": ("nan.wav", "no numbers"),
    "4000 Hz": ("4000hz.wav", "allowed are usual rates"),
    "text called .wav": ("text.wav", "not audio"),
    "flac of nonsense": ("claims.flac", "damaged"),
}
RUN = ("--model", "skipmodal-ours-0")
OTHERS += [
    ("square picture of nothing", ("generate", "square.png", "--to", "text"), "blank"),
    ("misspelt sentence", ("generate", "a smal red seven", *TO_IMAGE), "or a sentence such as"),
    ("digit in a sentence", ("generate", "a small red 7", *TO_IMAGE), "or a sentence such as"),
    ("sentence for digits", ("generate", "a red seven", *TO_IMAGE, *DOUBLE), "a digit, a digit"),
    ("two recordings of sentences", ("generate", *["two.wav"] * 2, *TO_IMAGE, *RUN), "one, of a"),
    ("sentence to sentence", ("generate", "a red seven", "--to", "text"), "text to speech"),
    ("scene to scene", ("generate", "color.png", *TO_IMAGE, *RUN), "image to text"),
    ("sentence as ogg", ("generate", "a red seven", "--to", "speech", "--output", "x.ogg"), ".wav"),
    ("scenes over gallery", ("retrieve", "a red seven", "--count", "7"), "1 to 6"),
    (
        "words for scenes only",
        ("generate", "75", *TO_IMAGE, "--models", "scenes-only"),
        "no model of two digits",
    ),
]
DAMAGED_RUNS = {
    "run-no-weights": "missing",
    "run-flipped-weights": "checksum",
    "run-altered-json": "checksum",
    "run-other-network": "allowed",
    "run-other-rate": "spectrograms",
}


def list_rows():
    """(name, arguments, pattern of the answer) of all of them."""
    # Each kind of answer says what is allowed instead, or what is wrong with this very file.
    wrong = (
        "allowed|cannot be|neither PNG|larger|more than|blank|smaller|silent|not audio|no numbers"
        "|cut off or damaged|no sound"
    )
    for name, words in WORDS.items():
        yield f"words: {name}", ("generate", words, *TO_IMAGE), "seven five"
    for name, file in FILES.items():
        to = "text" if file.endswith((".png", ".jpg")) else "image"
        yield f"file: {name}", ("generate", file, "--to", to), wrong
    for name, (source, to, output, answer) in OUTPUTS.items():
        yield f"output: {name}", ("generate", *source, "--to", to, "--output", output), answer
    yield from OTHERS
    for name, answer in DAMAGED.items():
        models = ("--models", f"damaged/{name}")
        yield f"damaged: {name}", ("generate", "75", *TO_IMAGE, *models), answer
        yield f"export of {name}", ("export", "double-conv_vae", "nothing", *models), answer
    for name, (words, answer) in SENTENCES.items():
        yield f"sentence: {name}", ("generate", words, *TO_IMAGE, *RUN), answer
    for name, (file, answer) in SCENES.items():
        to = "image" if file.endswith((".wav", ".flac")) else "speech"
        yield f"scene: {name}", ("generate", file, "--to", to, *RUN), answer
    for name, answer in DAMAGED_RUNS.items():
        models = ("--models", f"damaged/{name}")
        yield f"damaged: {name}", ("generate", "a red seven", *TO_IMAGE, *models), answer
    card = ("describe", "double-conv_vae", "--models", "damaged/no-card")
    yield "damaged: no card", card, "README.md is missing"
