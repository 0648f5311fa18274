"""The base of every settings class: frozen, strict, and clear about what it allows."""

from typing import Any, Literal, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from crossmodal.errors import ParameterError

TYPE_NAMES = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


class Section(BaseModel):
    """One section of the parameters: immutable, no unknown keys, no type coercion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @classmethod
    def parse(cls, values: Any, name: str) -> Self:
        """Validate `values`, the content of section `name`.

        Raises:
            ParameterError: one line per mistake, with key, value and what is allowed.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            lines = [describe_mistake(cls, name, mistake) for mistake in error.errors()]
            raise ParameterError("\n".join(lines)) from None


def describe_mistake(section: type[Section], name: str, mistake: Any) -> str:
    """One line for one pydantic error: the full key, its value, what is allowed."""
    path = [part for part in mistake["loc"] if not str(part).startswith("function-")]
    key = ".".join(str(part) for part in [name, *path] if part != "")
    parent, field = find_field(section, path)
    if mistake["type"] == "missing":
        return f"{key} is missing; allowed: {describe_allowed(field)}"
    if mistake["type"] == "extra_forbidden":
        known = ", ".join(parent.model_fields)
        return f"{key} = {mistake['input']!r} is an unknown key; allowed here: {known}"
    if mistake["type"] == "value_error":
        return f"{key} = {mistake['input']!r}: {mistake['ctx']['error']}"
    return f"{key} = {mistake['input']!r}; allowed: {describe_allowed(field)}"


def find_field(section: type[Section], path: list[Any]) -> tuple[type[Section], FieldInfo | None]:
    """The innermost section on `path` and, where the path ends in one, its field.

    What lies under a key of a mapping whose keys are names is a field of its own.
    """
    field: FieldInfo | None = None
    annotation: Any = section
    for part in path:
        if get_origin(annotation) is dict:
            found: FieldInfo | None = FieldInfo.from_annotation(get_args(annotation)[1])
        else:
            found = section.model_fields.get(str(part))
        if found is None:
            break
        field = found
        annotation = found.annotation
        if isinstance(annotation, type) and issubclass(annotation, Section):
            section = annotation
    return section, field


def describe_allowed(field: FieldInfo | None) -> str:
    """What a field accepts, in words: its type, its bounds and its meaning."""
    if field is None:
        return "a mapping of known keys"
    words = [describe_type(field.annotation)]
    for bound in field.metadata:
        words += [f"{BOUNDS[a]} {getattr(bound, a)}" for a in BOUNDS if hasattr(bound, a)]
        words += [f"{bound.min_length} or more of them"] if hasattr(bound, "min_length") else []
    meaning = f" ({field.description})" if field.description else ""
    return ", ".join(words) + meaning


def describe_type(annotation: Any) -> str:
    """The name of a type as a person writes it in YAML."""
    if annotation is type(None):
        return "null"
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(str(value) for value in get_args(annotation))
    if get_origin(annotation) is tuple:
        inner = [arg for arg in get_args(annotation) if arg is not Ellipsis]
        return "a list, each item " + describe_type(inner[0])
    if get_origin(annotation) is dict:
        value = FieldInfo.from_annotation(get_args(annotation)[1])
        return f"a mapping from names to {describe_allowed(value)}"
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return "a mapping with the keys " + ", ".join(annotation.model_fields)
    if get_args(annotation):
        return " or ".join(describe_type(arg) for arg in get_args(annotation))
    return TYPE_NAMES.get(annotation, str(annotation))
