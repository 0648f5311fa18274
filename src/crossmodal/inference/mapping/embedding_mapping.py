"""The proposed model of paper A for people: any of text, speech and image from any other.

Every direction passes through the image embedding. The latent space is that of the normalised
image embeddings (section 3.1), so the encoders of text and of speech meet the images, and one
another, in it. Images are decoded. The words of a picture, written or spoken, are the class that
is nearest to what the captioner makes of its latent; without a captioner, and from text to speech
and back, the class whose own latent is nearest.

Legend: K classes, D image embedding and latent size, E text or speech embedding size, N images in
the gallery.
"""

import torch
from torch import Tensor, nn

from crossmodal.data.mapping.words import COLOR_WORDS
from crossmodal.errors import DataError, ParameterError
from crossmodal.inference.bundle import Bundle, Sizes
from crossmodal.inference.description import Description
from crossmodal.inference.mapping.digits import WORD_MODALITIES, DigitModel, Query, to_picture
from crossmodal.inference.model import DIRECTIONS
from crossmodal.inference.results import Item, Reading, Result
from crossmodal.inference.sources import Content, Modality, Source, read_source
from crossmodal.models.classifier import DigitClassifier
from crossmodal.models.mapping.autoencoder import Autoencoder, build_autoencoder
from crossmodal.models.mapping.mapping import Mapping
from crossmodal.models.mapping.names import AUTOENCODERS
from crossmodal.words import DIGIT_WORDS

CLASSIFIER = "classifier"  # in the description of bundles that have one, and its tensors' name


class EmbeddingMapping(DigitModel):
    """An auto-encoder, a mapping for text and one for speech, and a gallery to search in.

    sources: modality -> embeddings of all classes, float32 [K, E]. latents: modality -> their
    latents [K, D]. gallery: latents [N, D].
    """

    family = "embedding-mapping"
    directions = DIRECTIONS[family]

    @torch.inference_mode()
    def __init__(self, bundle: Bundle) -> None:
        """Raises DataError where description and tensors disagree."""
        super().__init__(bundle)
        self.sources = {
            name: torch.stack([self.embed(name, words) for words in self.classes])
            for name in WORD_MODALITIES
        }
        self.latents = {n: self.mapping(n).encoder(sources) for n, sources in self.sources.items()}
        self.images = bundle.tensors["gallery.images"]
        self.labels = bundle.tensors["gallery.classes"]
        if not ((self.labels >= 0) & (self.labels < len(self.classes))).all():
            raise DataError(f"{bundle.description.path}: the gallery shows unknown classes")
        self.classifier = self.networks.get(CLASSIFIER)
        self.gallery = self.to_latent(bundle.tensors["gallery.embeddings"])
        for latents in (*self.latents.values(), self.gallery):
            self.check_finite(latents)

    def build_networks(self, known: Description) -> dict[str, nn.Module]:
        """The auto-encoder and a mapping a modality."""
        name = known.take("network.autoencoder", AUTOENCODERS.__contains__, str(AUTOENCODERS))
        size = known.integer("network.embedding_size", 1, 10_000)
        hidden = known.integer("network.hidden_size", 1, 100_000)
        key, captioner = "captioner_size", 0
        if key in known.values["network"]:
            captioner = known.integer(f"network.{key}", 1, 100_000)
        networks: dict[str, nn.Module] = {"autoencoder": build_autoencoder(name, self.shape, size)}
        for source, length in self.word_sizes.items():
            sizes = (size, self.word_count * length, hidden, captioner)
            networks[f"mapping.{source}"] = Mapping(*sizes)
        if CLASSIFIER in known.values:
            networks[CLASSIFIER] = DigitClassifier()
        return networks

    def other_tensors(self, known: Description) -> Sizes:
        """The gallery."""
        count = known.integer("gallery", 1, 1_000_000)
        size = known.integer("network.embedding_size", 1, 10_000)
        return {
            "gallery.images": (torch.uint8, (count, *self.shape)),
            "gallery.embeddings": (torch.float32, (count, size)),
            "gallery.classes": (torch.int16, (count,)),
        }

    @property
    def autoencoder(self) -> Autoencoder:
        """Images to embeddings and back."""
        network = self.networks["autoencoder"]
        assert isinstance(network, Autoencoder)
        return network

    def mapping(self, modality: Modality) -> Mapping:
        """Text or speech to latents; image embeddings to latents and back."""
        network = self.networks[f"mapping.{modality}"]
        assert isinstance(network, Mapping)
        return network

    @torch.inference_mode()
    def generate(self, source: Source, to: Modality, *, as_heard: bool = True) -> Result:
        """As `Model.generate` says; the words of a text or speech result are those found."""
        modality, content = read_source(source)
        self.check_direction(modality, to)
        query, latent, reading = self.locate(modality, content, as_heard)
        if query and to == "image":
            embedding = self.mapping("text").latent_to_image(latent)
            return self.show(query, modality, self.autoencoder.decode(embedding))
        find = self.find_classes if query else self.caption
        words = list(self.classes)[int(find(latent, to))]
        heard = query.heard if query else None
        return self.say(words, to, source=modality, heard=heard, reading=reading)

    def find_classes(self, latents: Tensor, to: Modality) -> Tensor:
        """The class whose text or speech is nearest to each of the latents [N, D], int64 [N]."""
        return torch.cdist(latents, self.latents[to]).argmin(1)

    def caption(self, latents: Tensor, to: Modality) -> Tensor:
        """As `find_classes`, for the latents of images, by the captioner where there is one."""
        mapping = self.mapping(to)
        if mapping.captioner is None:
            return self.find_classes(latents, to)
        captions = mapping.caption(latents)
        self.check_finite(captions)
        return torch.cdist(captions, self.sources[to]).argmin(1)

    @torch.inference_mode()
    def measure(self) -> dict[str, dict[str, float]]:
        """The share of classes (or gallery images) whose words are found, by direction and split.

        From text and speech it is measured on the training's own recordings and vectors.
        """
        everything = torch.arange(len(self.classes))
        queries = {name: (latents, everything) for name, latents in self.latents.items()}
        queries["image"] = (self.gallery, self.labels.long())
        seen = torch.tensor([self.is_seen(words) for words in self.classes])
        shares: dict[str, dict[str, float]] = {}
        for source, to in self.directions:
            if to != "image":
                latents, labels = queries[source]
                find = self.caption if source == "image" else self.find_classes
                right = (find(latents, to) == labels).float()
                split = {"train": right[seen[labels]], "held_out": right[~seen[labels]]}
                shares[f"{source} to {to}"] = {
                    n: round(float(v.mean()), 4) for n, v in split.items()
                }
        return shares

    @torch.inference_mode()
    def retrieve(self, source: Source, count: int = 5, *, as_heard: bool = True) -> list[Item]:
        """As `Model.retrieve` says."""
        if not 1 <= count <= len(self.images):
            raise ParameterError(f"count = {count}; allowed: 1 to {len(self.images)}")
        _, latent, _ = self.locate(*read_source(source), as_heard)
        found = torch.cdist(latent, self.gallery)[0].topk(count, largest=False)
        pairs = zip(found.indices.tolist(), found.values.tolist(), strict=True)
        return [self.item(row, distance) for row, distance in pairs]

    def item(self, row: int, distance: float) -> Item:
        """One image of the gallery."""
        words = list(self.classes)[int(self.labels[row])]
        split = "train" if self.is_seen(words) else "held_out"
        return Item(words, split, distance, to_picture(self.images[row]))

    def locate(
        self, modality: Modality, content: Content, as_heard: bool
    ) -> tuple[Query | None, Tensor, Reading | None]:
        """The words of what was given, its latent [1, D], and what the classifier reads.

        Of pictures there are no words, of others no reading.
        """
        if isinstance(content, (str, tuple)):
            query = self.understand(modality, content, as_heard)
            latent = self.mapping(modality).encoder(query.vector)
            self.check_finite(latent)
            return query, latent, None
        from crossmodal.inference.mapping.segmentation import prepare_picture

        picture = torch.from_numpy(prepare_picture(content, self.shape[0]))
        latent = self.to_latent(self.autoencoder.encode(picture[None]))
        self.check_finite(latent)
        return None, latent, self.read_digits(picture)

    def read_digits(self, picture: Tensor) -> Reading | None:
        """What the classifier reads in a prepared picture, uint8 [C, 28, 56]; None without one."""
        if not isinstance(self.classifier, DigitClassifier):
            return None
        image = picture[None] / 255
        confidence = self.classifier.score_pairs(image).softmax(2).amax(2).min()
        digits, colors = self.classifier.read_pairs(image)
        words = [DIGIT_WORDS[digit] for digit in digits[0].tolist()]
        if colors is not None:
            pairs = zip(colors[0].tolist(), words, strict=True)
            words = [name for color, word in pairs for name in (COLOR_WORDS[color], word)]
        return Reading(tuple(words), round(float(confidence), 4))

    def to_latent(self, embeddings: Tensor) -> Tensor:
        """Image embeddings [N, D] -> latents [N, D]; both mappings have the same statistics."""
        return self.mapping("text").image_to_latent(embeddings)
