"""Training of the image auto-encoders (paper A, supplement A.1): resumable to the bit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from crossmodal.compute import Runtime
from crossmodal.config.mapping.autoencoders import TrainAutoencoder
from crossmodal.data.shards import ShardReader
from crossmodal.errors import UserError
from crossmodal.models.mapping.autoencoder import Autoencoder
from crossmodal.train.checkpoint import Checkpoint
from crossmodal.train.curve import Curve, Row


@dataclass
class Progress(Curve):
    """How far a training is, and what it has measured so far.

    rows: `step`, the images seen, and both losses, in nats an image, after every shard.
    epoch, shard: the next shard to train on, as a position in the epoch's order.
    """

    epoch: int = 0
    shard: int = 0
    images: int = 0


class AutoencoderTraining:
    """One training: iterate over it to run it; stop anywhere and start again."""

    def __init__(
        self,
        model: Autoencoder,
        reader: ShardReader,
        config: TrainAutoencoder,
        seed: int,
        epochs: int,
        runtime: Runtime,
        checkpoint: Checkpoint,
    ) -> None:
        self.model = model.to(runtime.device).train()
        self.reader, self.config, self.seed, self.epochs = reader, config, seed, epochs
        self.images = epochs * reader.image_count
        self.runtime, self.checkpoint = runtime, checkpoint
        self.noise = runtime.generator(seed)
        self.optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate, fused=True)
        self.scaler = torch.amp.GradScaler(
            runtime.device.type, enabled=runtime.dtype == torch.float16
        )
        self.progress = Progress()
        self.restore(checkpoint.load())

    @property
    def remaining_shards(self) -> int:
        """How many shards are still to be trained on, over all epochs."""
        return self.epochs * len(self.reader) - len(self.progress.rows)

    def run(self) -> Iterator[Progress]:
        """Train to the end; yields after every shard.

        Raises:
            UserError: the loss is no longer finite.
            DataError: a shard is damaged.
        """
        progress = self.progress
        unsaved = 0
        while progress.epoch < self.epochs:
            rng = np.random.default_rng([self.seed, progress.epoch])
            order = rng.permutation(len(self.reader))
            while progress.shard < len(order):
                before = progress.images
                progress.rows.append(self.train_shard(int(order[progress.shard])))
                progress.shard += 1
                unsaved += progress.images - before
                if unsaved >= self.config.checkpoint_images:
                    self.save()
                    unsaved = 0
                yield progress
            progress.epoch, progress.shard = progress.epoch + 1, 0

    def train_shard(self, number: int) -> Row:
        """One pass over one shard in random order; returns a row of the learning curve."""
        rng = np.random.default_rng([self.seed, self.progress.epoch, number])
        sums, count = torch.zeros(2, device=self.runtime.device), 0
        for block in self.reader.read(number):
            images = torch.from_numpy(block.images[rng.permutation(len(block.images))])
            for batch in images.split(self.config.batch_size):
                self.optimizer.param_groups[0]["lr"] = self.learning_rate(count)
                sums += self.train_batch(batch.to(self.runtime.device)) * len(batch)
                count += len(batch)
        self.progress.images += count
        reconstruction, divergence = (sums / count).tolist()
        if not np.isfinite(reconstruction + divergence):
            raise UserError(
                f"the loss is not finite after {self.progress.images} images; "
                "lower train_autoencoder.learning_rate or use compute.precision float32"
            )
        step = self.progress.images
        return {"step": step, "reconstruction": reconstruction, "divergence": divergence}

    def learning_rate(self, count: int) -> float:
        """The rate of the next step, after `count` images of the present shard."""
        done = (self.progress.images + count) / self.images
        first, final = self.config.learning_rate, self.config.final_rate
        return first + done * (final - first)

    def train_batch(self, images: Tensor) -> Tensor:
        """One step of Adam on uint8 images [B, C, H, W]; both losses, [2]."""
        self.optimizer.zero_grad()
        with self.runtime.autocast():
            losses = self.model.losses(images, self.noise)
        self.scaler.scale(losses.reconstruction + losses.divergence).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return torch.stack([losses.reconstruction, losses.divergence]).detach()

    def save(self) -> None:
        """Write a checkpoint."""
        self.checkpoint.save(self.state())

    def state(self) -> dict[str, Any]:
        """Everything that the rest of the training depends on."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "noise": self.noise.get_state(),
            "progress": vars(self.progress),
        }

    def restore(self, state: dict[str, Any] | None) -> None:
        """Go on from a state that `state` returned."""
        if state is not None:
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.scaler.load_state_dict(state["scaler"])
            self.noise.set_state(state["noise"])
            self.progress = Progress(**state["progress"])
