"""EfficientNet-Lite0 a second time, unfolded and under the names of the published checkpoint."""

import torch
import torch.nn.functional as F

# Blocks, kernel, stride, expansion, channels of the seven stages.
FORM = (
    *((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112)),
    *((4, 5, 2, 6, 192), (1, 3, 1, 6, 320)),
)


def blocks():
    """Number, stage, input channels, expansion, kernel, stride, output channels of each block."""
    inputs, number = 32, 0
    for stage, (count, kernel, stride, expansion, outputs) in enumerate(FORM, 1):
        for block in range(count):
            yield number, stage, inputs, expansion, kernel, stride if block == 0 else 1, outputs
            inputs, number = outputs, number + 1


def make_checkpoint(seed: int = 0) -> dict[str, torch.Tensor]:
    """Random weights with statistics that keep what flows through of one size."""
    generator, state = torch.Generator().manual_seed(seed), {}

    def add(conv, norm, outputs, inputs, kernel=1):
        shape = (outputs, inputs, kernel, kernel)
        weight = torch.randn(shape, generator=generator) / (inputs * kernel**2) ** 0.5
        state[f"{conv}.weight"] = weight
        for name, low in (("weight", 0.5), ("bias", -0.5), ("running_mean", -0.5)):
            state[f"{norm}.{name}"] = torch.rand(outputs, generator=generator) + low
        state[f"{norm}.running_var"] = torch.rand(outputs, generator=generator) + 0.5
        state[f"{norm}.num_batches_tracked"] = torch.tensor(7)

    add("_conv_stem", "_bn0", 32, 3, 3)
    for number, _, inputs, expansion, kernel, _, outputs in blocks():
        name, wide = f"_blocks.{number}.", inputs * expansion
        if expansion > 1:
            add(f"{name}_expand_conv", f"{name}_bn0", wide, inputs)
        add(f"{name}_depthwise_conv", f"{name}_bn1", wide, 1, kernel)
        add(f"{name}_project_conv", f"{name}_bn2", outputs, wide)
    add("_conv_head", "_bn1", 1280, 320)
    return state | {"_fc.weight": torch.zeros(2, 1280), "_fc.bias": torch.zeros(2)}


def run_published(state: dict[str, torch.Tensor], pixels: torch.Tensor) -> list[torch.Tensor]:
    """The map after each stage, of pictures in [0, 1]."""

    def layer(maps, conv, norm, stride=1, depthwise=False):
        weight = state[f"{conv}.weight"]
        kernel, pads = weight.shape[2], []
        for side in (maps.shape[3], maps.shape[2]):
            total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
            pads += [total // 2, total - total // 2]
        groups = len(weight) if depthwise else 1
        maps = F.conv2d(F.pad(maps, pads), weight, stride=stride, groups=groups)
        kinds = ("running_mean", "running_var", "weight", "bias")
        return F.batch_norm(maps, *(state[f"{norm}.{kind}"] for kind in kinds), eps=1e-3)

    maps = F.relu6(layer((pixels - 127 / 255) * (255 / 128), "_conv_stem", "_bn0", 2))
    found = {}
    for number, stage, inputs, expansion, _, stride, outputs in blocks():
        name, before = f"_blocks.{number}.", maps
        if expansion > 1:
            maps = F.relu6(layer(maps, f"{name}_expand_conv", f"{name}_bn0"))
        maps = F.relu6(layer(maps, f"{name}_depthwise_conv", f"{name}_bn1", stride, True))
        maps = layer(maps, f"{name}_project_conv", f"{name}_bn2")
        maps = maps + before if stride == 1 and inputs == outputs else maps
        found[stage] = maps
    return list(found.values())
