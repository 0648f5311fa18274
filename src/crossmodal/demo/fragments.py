"""Answers as HTML; pictures and sounds are inside it, so that nothing has to be fetched."""

import io
from html import escape

import soundfile
from PIL import Image

from crossmodal.demo.studio import Answer
from crossmodal.inference import Description, Item, Recording, Result
from crossmodal.inference.pictures import Pixels
from crossmodal.report.media import to_address

SEEN, UNSEEN = "seen in training", "never seen in training"
FOUND = {"text": "Words found for it", "speech": "The speech found for it says"}
LONGEST = 20  # seconds
HEADLINES = {"text": "You asked for", "speech": "Heard by the model", "image": "The model reads"}
INTRODUCTION = """<header class="cm-header"><h1>crossmodal</h1>
<p>Words, speech and pictures, each made from any other. Some combinations were kept back in
training: try one that the model has <b>never seen</b>.</p></header>"""


def show_model(description: Description) -> str:
    """A model's two measures, from words to pictures of combinations that it has never seen."""
    measured = description.metrics.get("text", {})
    psnr, read = measured.get("psnr"), measured.get("read")
    if psnr is None or read is None:
        return ""
    return (
        f'<p class="cm-about">From words to combinations {UNSEEN}: {psnr:.1f} dB PSNR against '
        f"the closest real picture; a classifier reads {read:.0%} of them as asked.</p>"
    )


def show_run(description: Description) -> str:
    """What a model of paper B says of pictures of combinations that it has never seen."""
    spoken = description.metrics.get("test", {}).get("image_to_speech", {})
    said = (spoken.get("attributes") or {}).get("overall")
    if said is None:
        return ""
    return (
        f'<p class="cm-about">Of pictures of combinations {UNSEEN} it says {said:.0%} of digits, '
        "colours, sizes and relations right, as Whisper hears it.</p>"
    )


def show_answer(answer: Answer) -> str:
    """The picture, the words with the mark of their combination, and what else was made."""
    main = answer.main
    words = escape(main.text)
    rows = [f'<p class="cm-label">{HEADLINES[answer.source]}</p>']
    rows.append(f'<p class="cm-words">{words} {show_mark(main.seen_in_training)}</p>')
    rows += show_reading(main)
    if answer.shown:
        right = "✓" if answer.shown == main.words else "✗"
        rows.append(f"<p>The picture shows <b>{escape(' '.join(answer.shown))}</b> {right}</p>")
    if answer.sound is not None:
        rows.append(show_sound(answer.sound, "Recording" if main.heard else "Speech"))
    for result in answer.results.values():
        same = result.words == main.words
        if result is not main and (result.target == "text" or not same):
            mark = "" if same else show_mark(result.seen_in_training)
            rows.append(
                f'<p class="cm-label">{FOUND[result.target]}</p><p>{escape(result.text)} {mark}</p>'
            )
    if answer.picture is None:
        return wrap(*rows)
    caption = "The picture as the model sees it" if answer.source == "image" else "Picture"
    return wrap(show_picture(answer.picture, f"{caption}: {words}"), *rows)


def show_reading(result: Result) -> list[str]:
    """What a classifier says of the answer to a picture; nothing where none was asked."""
    if result.warning:
        return [f'<p class="cm-care">Take care: {escape(result.warning)}.</p>']
    if result.reading is None:
        return []
    return [f"<p>A classifier reads the same, {result.reading.confidence:.0%} sure.</p>"]


def show_mark(seen: bool | None) -> str:
    """Whether the training had pictures of this combination; nothing where that is not known."""
    if seen is None:
        return ""
    kind, text = ("seen", SEEN) if seen else ("unseen", UNSEEN)
    return f'<span class="cm-mark cm-{kind}">{text}</span>'


def show_picture(pixels: Pixels, caption: str) -> str:
    """An image with crisp pixels, which may be saved; uint8 [H, W] or [H, W, 3].

    `caption` is HTML.
    """
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return (
        f'<img class="cm-picture" src="{to_address("image/png", file.getvalue())}" '
        f'alt="{caption}" title="{caption}" width="{pixels.shape[1]}" height="{pixels.shape[0]}">'
    )


def show_sound(recording: Recording, label: str) -> str:
    """A player; nothing for a recording that is too long to be words."""
    if len(recording.samples) > LONGEST * recording.rate:
        return ""
    file = io.BytesIO()
    soundfile.write(file, recording.samples, recording.rate, format="FLAC", subtype="PCM_16")
    address = to_address("audio/flac", file.getvalue())
    player = f'<audio controls src="{address}" aria-label="{label}"></audio>'
    return f'<p class="cm-label">{label}</p>{player}'


def show_nearest(items: list[Item]) -> str:
    """Training images with their words; nothing where there are none."""
    if not items:
        return ""
    named = [(item.image, escape(" ".join(item.words))) for item in items]
    figures = [
        f"<figure>{show_picture(image, words)}<figcaption>{words}</figcaption></figure>"
        for image, words in named
    ]
    title = '<p class="cm-label">The nearest pictures of the training</p>'
    return wrap(title, f'<div class="cm-nearest">{"".join(figures)}</div>')


def show_heard(text: str | None, source: str) -> str:
    """What Whisper heard; `text` is None while it listens."""
    what = "your recording" if source == "speech" else "the generated speech"
    if text is None:
        said = "<i>listening …</i>"
    else:
        said = f"<b>{escape(text)}</b>" if text else "<i>no words</i>"
    label = f'<p class="cm-label">In {what} a general speech recogniser (Whisper) hears</p>'
    return wrap(label, f"<p>{said}</p>")


def show_notice(message: str) -> str:
    """What went wrong, in a sentence."""
    sentence = message[:1].upper() + message[1:]
    return f'<div class="cm-card cm-notice" role="alert">{escape(sentence)}.</div>'


def wrap(*parts: str) -> str:
    """A card."""
    return f'<section class="cm-card">{"".join(parts)}</section>'
