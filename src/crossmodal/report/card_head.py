"""The head of a model card, in YAML, which model hubs read: licence, tags, what was measured."""

from collections.abc import Mapping, Sequence
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from crossmodal.report.credits import SHARED_LICENCE, may_be_shared


def write_head(
    values: Mapping[str, Any], task: str, tags: Sequence[str], results: Sequence[EvalResult]
) -> str:
    """The head, with the lines that mark its begin and end.

    Args:
        values: all of `model.json`. task: as hubs call it. results: what was measured.
    """
    shared = may_be_shared(values["data"])
    known = ModelCardData(
        language="en",
        license=SHARED_LICENCE.lower().replace(" ", "-") if shared else "other",
        license_name=None if shared else "as the owners of its training data say",
        library_name="crossmodal",
        pipeline_tag=task,
        tags=[*tags, "multimodal", "reproduction", "safetensors"],
        metrics=sorted({result.metric_type for result in results}),
        model_name=values["name"],
        eval_results=list(results),
    )
    return "---\n" + known.to_yaml(line_break="\n") + "\n---\n\n"
