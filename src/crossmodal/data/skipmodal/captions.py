"""The grammar of the digit scenes: what captions and spoken sentences say.

A scene has one caption for each template of its number of digits. `SEEN` templates are written
below pictures only, `HEARD` ones are spoken only, `SHARED` ones both; so the two vocabularies
differ, as those of COCO and EMT-4 do (paper B, section 4.1). A template's fields:

- `{a}`, `{b}`, `{c}`: colour and digit of an item, such as "red seven"
- `{sa}`, `{sb}`: its size; `{da}`, `{ca}`: its digit and its colour alone
- `{before}`, `{after}`: "left of" and "right of", or "above" and "below"
"""

from crossmodal.data.skipmodal.scenes import Scene

RELATIONS = {"horizontal": ("left of", "right of"), "vertical": ("above", "below")}
SHARED = {
    1: (
        "a {sa} {a}",
        "there is a {sa} {a}",
        "one digit, a {sa} {a}",
        "a {a} that is {sa}",
        "the {da} is {sa} and {ca}",
    ),
    2: (
        "a {a} {before} a {b}",
        "a {b} {after} a {a}",
        "two digits, a {a} and a {b}",
        "a {sa} {a} and a {sb} {b}",
        "the {a} is {before} the {b}",
    ),
    3: (
        "three digits, {a}, {b} and {c}",
        "a {a}, a {b} and a {c}",
        "there is a {a}, a {b} and a {c}",
        "a {b} between a {a} and a {c}",
        "the {b} is between the {a} and the {c}",
    ),
}
SEEN = {
    1: ("the picture shows a {sa} {a}",),
    2: ("the picture shows a {a} and a {b}",),
    3: ("the picture shows {a}, {b} and {c}",),
}
HEARD = {
    1: ("now you hear of a {sa} {a}",),
    2: ("now you hear of a {a} and a {b}",),
    3: ("now you hear of {a}, {b} and {c}",),
}


def fill(template: str, scene: Scene) -> str:
    """One sentence about a scene."""
    before, after = RELATIONS[scene.axis]
    fields = {"before": before, "after": after}
    for letter, item in zip("abc", scene.items, strict=False):
        fields |= {letter: item.binding, f"s{letter}": item.size}
        fields |= {f"d{letter}": item.digit, f"c{letter}": item.color}
    return template.format(**fields)


def captions(scene: Scene) -> list[str]:
    """All that is written below a picture: six captions, the last in words of its own."""
    count = len(scene.items)
    return [fill(template, scene) for template in (*SHARED[count], *SEEN[count])]


def spoken(scene: Scene) -> list[str]:
    """All that may be said about a scene in the spoken corpus."""
    count = len(scene.items)
    return [fill(template, scene) for template in (*SHARED[count], *HEARD[count])]
