"""What retrieval finds, as lists to read: the paper shows such lists as pictures (figure 8)."""

from collections.abc import Mapping, Sequence

from crossmodal.evaluate.cross_retrieval import Vectors, cosine_similarity, nearest
from crossmodal.report.tables import markdown_table

FOUND = 3


def list_found(
    vectors: Mapping[str, Vectors], words: Mapping[str, Sequence[str]], queries: int
) -> str:
    """A Markdown table for each direction: the first queries and the three nearest to each.

    Args:
        vectors: u [N, D] of each modality.
        words: what each item of a modality says or shows, [N].
    """
    parts = []
    for source in vectors:
        for target in vectors.keys() - {source}:
            similarity = cosine_similarity(vectors[source][:queries], vectors[target])
            rows = [
                [query, *(words[target][place] for place in places)]
                for query, places in zip(words[source], nearest(similarity, FOUND), strict=False)
            ]
            header = [source, *(f"{target} {rank + 1}" for rank in range(len(rows[0]) - 1))]
            parts.append((f"{source} to {target}", markdown_table(header, rows)))
    return "\n\n".join(f"**{title}**\n\n{table}" for title, table in sorted(parts))
