"""The proposed model of paper A for people: any of text, speech and image from any other.

Every direction passes through the image embedding. The latent space is that of the normalised
image embeddings (section 3.1), so the encoders of text and of speech meet the images, and one
another, in it. Images are decoded; words and recordings are found as the class whose own latent
is nearest, which does about twice as well as the paper's search behind the decoder.

Legend: K classes, D embedding and latent size, N images in the gallery.
"""

from collections.abc import Mapping as Named

import torch
from torch import Tensor, nn

from crossmodal.errors import DataError, ParameterError
from crossmodal.inference.bundle import Bundle, Sizes, sizes_of
from crossmodal.inference.description import Description
from crossmodal.inference.digits import WORD_MODALITIES, DigitModel, Query, to_picture
from crossmodal.inference.results import Item, Result
from crossmodal.inference.sources import Content, Modality, Source, read_source
from crossmodal.models.autoencoder import Autoencoder, build_autoencoder
from crossmodal.models.mapping import Mapping
from crossmodal.models.names import AUTOENCODERS


class EmbeddingMapping(DigitModel):
    """An auto-encoder, a mapping for text and one for speech, and a gallery to search in."""

    family = "embedding-mapping"
    directions = tuple(
        (source, target)
        for source in ("text", "speech", "image")
        for target in ("text", "speech", "image")
        if source != target
    )

    @torch.inference_mode()
    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.autoencoder, self.mappings = self.build_networks(bundle.description)
        bundle.fill("autoencoder", self.autoencoder)
        for name, mapping in self.mappings.items():
            bundle.fill(f"mapping.{name}", mapping)
        self.latents = {
            name: mapping.encoder(self.sources[name]) for name, mapping in self.mappings.items()
        }
        self.images = bundle.tensors["gallery.images"]
        self.labels = bundle.tensors["gallery.classes"]
        if not ((self.labels >= 0) & (self.labels < len(self.classes))).all():
            raise DataError(f"{bundle.description.path}: the gallery shows unknown classes")
        self.gallery = self.to_latent(bundle.tensors["gallery.embeddings"])

    def build_networks(self, known: Description) -> tuple[Autoencoder, dict[str, Mapping]]:
        """New networks of the described sizes; raises DataError."""
        name = known.take("network.autoencoder", AUTOENCODERS.__contains__, str(AUTOENCODERS))
        size = known.integer("network.embedding_size", 1, 10_000)
        hidden = known.integer("network.hidden_size", 1, 100_000)
        mappings = {
            source: Mapping(size, self.word_count * self.word_sizes[source], hidden)
            for source in WORD_MODALITIES
        }
        return build_autoencoder(name, self.shape, size), mappings

    def network_tensors(self, known: Description) -> Sizes:
        """Auto-encoder, mappings and gallery."""
        with torch.device("meta"):
            autoencoder, mappings = self.build_networks(known)
        networks: Named[str, nn.Module] = {"autoencoder": autoencoder}
        networks = {**networks, **{f"mapping.{name}": net for name, net in mappings.items()}}
        sizes = {k: v for prefix, net in networks.items() for k, v in sizes_of(prefix, net).items()}
        count = known.integer("gallery", 1, 1_000_000)
        embedding = autoencoder.mean.out_features
        return {
            **sizes,
            "gallery.images": (torch.uint8, (count, *self.shape)),
            "gallery.embeddings": (torch.float32, (count, embedding)),
            "gallery.classes": (torch.int16, (count,)),
        }

    @torch.inference_mode()
    def generate(self, source: Source, to: Modality, *, as_heard: bool = True) -> Result:
        """As `Model.generate` says; the words of a text or speech result are those found."""
        modality, content = read_source(source)
        self.check_direction(modality, to)
        query, latent = self.locate(modality, content, as_heard)
        if to == "image":
            assert query is not None
            embedding = self.mappings["text"].latent_to_image(latent)
            return self.show(query, modality, self.autoencoder.decode(embedding))
        nearest = int(torch.cdist(latent, self.latents[to]).argmin())
        return self.say(query, modality, to, list(self.classes.values())[nearest])

    @torch.inference_mode()
    def retrieve(self, source: Source, count: int = 5, *, as_heard: bool = True) -> list[Item]:
        """As `Model.retrieve` says."""
        if not 1 <= count <= len(self.images):
            raise ParameterError(f"count = {count}; allowed: 1 to {len(self.images)}")
        _, latent = self.locate(*read_source(source), as_heard)
        distances = torch.cdist(latent, self.gallery)[0]
        found = distances.topk(count, largest=False)
        return [
            self.item(row, distance)
            for row, distance in zip(found.indices.tolist(), found.values.tolist(), strict=True)
        ]

    def item(self, row: int, distance: float) -> Item:
        """One image of the gallery."""
        words = list(self.classes)[int(self.labels[row])]
        split = "train" if self.is_seen(words) else "held_out"
        return Item(words, split, distance, to_picture(self.images[row]))

    def locate(
        self, modality: Modality, content: Content, as_heard: bool
    ) -> tuple[Query | None, Tensor]:
        """The latent [1, D] of what was given, and its words where it has any."""
        if modality == "image":
            from crossmodal.inference.pictures import prepare_picture

            assert not isinstance(content, (str, tuple))
            picture = torch.from_numpy(prepare_picture(content, self.shape[0]))
            return None, self.to_latent(self.autoencoder.encode(picture[None]))
        query = self.understand(modality, content, as_heard)
        return query, self.mappings[modality].encoder(query.vector)

    def to_latent(self, embeddings: Tensor) -> Tensor:
        """Image embeddings [N, D] -> latents [N, D]; both mappings have the same statistics."""
        return self.mappings["text"].image_to_latent(embeddings)
