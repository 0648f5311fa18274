"""The CycleGAN baseline: image to speech and back from unpaired samples (paper B, section 4.1).

Two generators, each an encoder and a decoder of the skip-modal network, two discriminators,
least-squares adversarial losses, L1 between a sample and its way there and back. Each step updates
the generators, then the discriminators on what the generators made before the update.

Left out of CycleGAN: the identity loss (it feeds a generator a sample of its target, which here is
of another modality and shape) and the pool of old samples (its state would be part of every
checkpoint). A generated utterance is as long as the real one in the same place of the batch: the
objective says nothing about length.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossmodal.compute import Runtime
from crossmodal.config.skipmodal.training import TrainCycleGan
from crossmodal.data.skipmodal.batches import PairBatch, Speech
from crossmodal.models.skipmodal.discriminators import ImageDiscriminator, SpeechDiscriminator
from crossmodal.models.skipmodal.masking import masked_l1, valid_frames
from crossmodal.train.loop import Loop, TrainingSetup, seed_step
from crossmodal.train.optimize import Updater, learning_rate
from crossmodal.train.skipmodal.sampler import Indices
from crossmodal.train.task import Task

COLUMNS = (
    "adversarial_image",
    "adversarial_speech",
    "cycle_image",
    "cycle_speech",
    "discriminator_image",
    "discriminator_speech",
    "gradient_norm",
    "discriminator_gradient_norm",
    "learning_rate",
)


class Generators(nn.Module):
    """Image to mel spectrogram and mel spectrogram to image.

    image_encoder: images [B, 3, H, W] -> codes [B, E].
    speech_decoder: codes, frames int64 [B] -> mels [B, max(frames), 80].
    speech_encoder: `Speech` -> codes [B, E].
    image_decoder: codes -> images [B, 3, H, W].
    """

    def __init__(
        self,
        image_encoder: nn.Module,
        speech_decoder: nn.Module,
        speech_encoder: nn.Module,
        image_decoder: nn.Module,
    ) -> None:
        super().__init__()
        self.image_encoder, self.speech_decoder = image_encoder, speech_decoder
        self.speech_encoder, self.image_decoder = speech_encoder, image_decoder

    def speak(self, images: Tensor, frames: Tensor) -> Speech:
        """An utterance of `frames` frames for each image, silent behind its end."""
        mels = self.speech_decoder(self.image_encoder(images), frames)
        return Speech(mels * valid_frames(frames, mels.shape[1])[..., None], frames)

    def draw(self, speech: Speech) -> Tensor:
        """An image for each utterance."""
        return self.image_decoder(self.speech_encoder(speech))


class CycleGan(nn.Module):
    """Both generators and both discriminators, with the terms of their losses."""

    def __init__(self, generators: Generators, discriminator_channels: int) -> None:
        super().__init__()
        self.generators = generators
        self.discriminators = nn.ModuleDict(
            {
                "image": ImageDiscriminator(discriminator_channels),
                "speech": SpeechDiscriminator(discriminator_channels),
            }
        )

    def fool(self, images: Tensor, speech: Speech) -> tuple[dict[str, Tensor], Speech, Tensor]:
        """The generators' terms, and what they made of the images and of the speech."""
        spoken = self.generators.speak(images, speech.frames)
        drawn = self.generators.draw(speech)
        images_again = self.generators.draw(spoken)
        speech_again = self.generators.speak(drawn, speech.frames)
        terms = {
            "adversarial_image": self.judge_images(drawn, 1),
            "adversarial_speech": self.judge_speech(spoken, 1),
            "cycle_image": F.l1_loss(images_again.float(), images),
            "cycle_speech": masked_l1(speech_again.mels, speech.mels, speech.frames),
        }
        return terms, spoken, drawn

    def tell_apart(
        self, images: Tensor, drawn: Tensor, speech: Speech, spoken: Speech
    ) -> dict[str, Tensor]:
        """The discriminators' terms on real and generated samples."""
        fixed = Speech(spoken.mels.detach(), spoken.frames)
        image = self.judge_images(images, 1) + self.judge_images(drawn.detach(), 0)
        sound = self.judge_speech(speech, 1) + self.judge_speech(fixed, 0)
        return {"discriminator_image": image / 2, "discriminator_speech": sound / 2}

    def judge_images(self, images: Tensor, target: float) -> Tensor:
        """Mean squared distance of the scores of images from `target`."""
        return (self.discriminators["image"](images).float() - target).square().mean()

    def judge_speech(self, speech: Speech, target: float) -> Tensor:
        """Mean squared distance of the scores of utterances from `target`."""
        scores, inside = self.discriminators["speech"](speech.mels, speech.frames)
        return ((scores.float() - target).square() * inside).sum() / inside.sum()


class CycleGanTask(Task):
    """Alternating updates of generators and discriminators; one process only."""

    def __init__(
        self,
        network: CycleGan,
        load: Callable[[int], PairBatch],
        config: TrainCycleGan,
        runtime: Runtime,
    ) -> None:
        self.gan, self.load, self.config = network.to(runtime.device), load, config
        steps = config.running.steps
        self.makers = Updater(network.generators, config.optimization, steps, runtime)
        self.judges = Updater(network.discriminators, config.optimization, steps, runtime)
        super().__init__(network, (self.makers, self.judges), COLUMNS, runtime)

    def step(self, step: int) -> dict[str, float]:
        """One update of both; see `Task.step`."""
        batch = self.load(step)
        assert batch.image_text and batch.text_speech, "CycleGAN needs images and speech"
        images, speech = batch.image_text.images, batch.text_speech.speech
        # What the generators do must not leave gradients with the discriminators.
        self.gan.discriminators.requires_grad_(False)
        with self.runtime.autocast():
            made, spoken, drawn = self.gan.fool(images, speech)
        measured = self.update(self.makers, made, step, "gradient_norm")
        self.gan.discriminators.requires_grad_(True)
        with self.runtime.autocast():
            judged = self.gan.tell_apart(images, drawn, speech, spoken)
        measured |= self.update(self.judges, judged, step, "discriminator_gradient_norm")
        rate = learning_rate(self.config.optimization, step, self.config.running.steps)
        return measured | {"learning_rate": rate}

    def update(
        self, updater: Updater, terms: dict[str, Tensor], step: int, norm_name: str
    ) -> dict[str, float]:
        """One update by the sum of terms, those of the cycle weighted."""
        weights = [self.config.cycle_weight if "cycle" in name else 1.0 for name in terms]
        total = torch.stack([w * t for w, t in zip(weights, terms.values(), strict=True)]).sum()
        norm = updater.backward(total)
        measured, length = self.measure(terms, norm, step)
        updater.step(step, length)
        return measured | {norm_name: length}


def prepare_cyclegan(
    generators: Generators,
    sampler: Callable[[int], Indices],
    batches: Callable[[Indices], PairBatch],
    config: TrainCycleGan,
    setup: TrainingSetup,
) -> Loop:
    """A training in one process, to be iterated over, from its checkpoint where there is one.

    The discriminators are made here, from the seed. A batch's texts are not used, and nothing
    pairs its images with its speech.
    """
    seed_step(setup.seed, 0, 0, torch.device("cpu"))
    network = CycleGan(generators, config.discriminator_channels)

    def load(step: int) -> PairBatch:
        return batches(sampler(step)).to(setup.runtime.device)

    task = CycleGanTask(network, load, config, setup.runtime)
    return Loop(task, config.running, setup)
