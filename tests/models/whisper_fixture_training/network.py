"""The network: OpenAI's Whisper, tiny, with a small vocabulary table and auxiliary losses.

Four things differ from plain training of a `whisper.model.Whisper`:

- Only the tokens in use have rows.  Dimension 0 is kept free: the decoder's last norm gives it the
  constant `RESERVED_BIAS`, and rows of unused tokens hold `UNUSED_VALUE` there, so that their
  logit is -60 whatever is heard.  That holds exactly in int8 too.
- The rows of the timestamps are a linear map of the encoder's sinusoids, so that all 1,501 are
  trained together.
- What goes into a layer is rounded as int8 arithmetic rounds it, so that the network learns to
  bear it: unprepared it cost a third more errors in long windows.
- espeak tells when each phoneme and word is spoken.  Frame-wise classes train the encoder, and
  attention heads are drawn to where each token is heard (heads 0 and 1 of the last layer are the
  model's alignment heads).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 (torch's usual name)
from torch import Tensor, nn
from whisper.model import (
    ModelDimensions,
    MultiHeadAttention,
    ResidualAttentionBlock,
    Whisper,
    sinusoids,
)

from tests.models.whisper_fixture_training.batches import Batch
from tests.models.whisper_fixture_training.vocabulary import TIMESTAMPS, VOCABULARY, tokenizer

WIDTH, HEADS, ENCODER_LAYERS, DECODER_LAYERS = 128, 4, 3, 3
POSITIONS, CONTEXT = 1_500, 448
DIMENSIONS = ModelDimensions(
    n_mels=80,
    n_audio_ctx=POSITIONS,
    n_audio_state=WIDTH,
    n_audio_head=HEADS,
    n_audio_layer=ENCODER_LAYERS,
    n_vocab=VOCABULARY,
    n_text_ctx=CONTEXT,
    n_text_state=WIDTH,
    n_text_head=HEADS,
    n_text_layer=DECODER_LAYERS,
)
RESERVED_BIAS, UNUSED_VALUE = 2.0, -30.0
ALIGNMENT_HEADS = ((DECODER_LAYERS - 1, 0), (DECODER_LAYERS - 1, 1))
GUIDED_HEADS = 2  # of each decoder layer
_GUIDED_ROWS = 6  # at least, of a batch
_TIMESTAMP_SCALE = 4.0
_LAYER_OUTPUTS = ("attn.out", "cross_attn.out", "mlp.2")
_POSITION_S = 0.02
_TIMESTAMP_WEIGHT = 0.7
_END_WEIGHT = 3.0  # one end missed costs more words than any other mistake


@dataclass(frozen=True, slots=True)
class Losses:
    """Scalars of one batch; `total` is what is minimised."""

    tokens: Tensor
    guide: Tensor
    phonemes: Tensor
    words: Tensor
    text_accuracy: Tensor
    time_accuracy: Tensor

    @property
    def total(self) -> Tensor:
        return self.tokens + 0.8 * self.guide + 0.3 * self.phonemes + 0.5 * self.words

    def values(self) -> list[float]:
        fields = (self.tokens, self.guide, self.phonemes, self.words)
        return [float(x.detach()) for x in (*fields, self.text_accuracy, self.time_accuracy)]


class Network(nn.Module):
    """See the module.

    Args:
        used_tokens: tokens with a row of their own, before the timestamps.
        phonemes, words: numbers of classes of the auxiliary losses.
        end: compact id of the token that ends a text.
    """

    tokens: Tensor
    sinusoids: Tensor
    unreserved: Tensor
    unknown: Tensor

    def __init__(self, used_tokens: int, phonemes: int, words: int, end: int) -> None:
        super().__init__()
        self._end = end
        self.whisper = Whisper(DIMENSIONS)
        del self.whisper.decoder.token_embedding.weight
        self.embedding = nn.Parameter(torch.randn(used_tokens, WIDTH) * 0.06)
        self.timestamp_map = nn.Parameter(
            torch.eye(WIDTH) * 0.02 + torch.randn(WIDTH, WIDTH) * 0.0005
        )
        self.register_buffer("sinusoids", sinusoids(TIMESTAMPS, WIDTH))
        self.register_buffer("unreserved", (torch.arange(WIDTH) > 0).float())
        self.register_buffer("unknown", (torch.arange(WIDTH) == 0).float()[None] * UNUSED_VALUE)
        self.phoneme_head = nn.Linear(WIDTH, phonemes)
        self.word_head = nn.Linear(WIDTH, words)
        self._start_small()

    def _start_small(self) -> None:
        """Weak residual branches and known positions: training from scratch starts faster."""
        whisper = self.whisper
        with torch.no_grad():
            whisper.decoder.positional_embedding.copy_(sinusoids(CONTEXT, WIDTH) * 0.1)
            for block in [*whisper.encoder.blocks, *whisper.decoder.blocks]:
                outputs = [block.attn.out, block.mlp[2]]
                if block.cross_attn is not None:
                    outputs.append(block.cross_attn.out)
                for linear in outputs:
                    linear.weight.mul_(0.5)

    def table(self) -> Tensor:
        """Rows of the used tokens and the timestamps."""
        times = self.sinusoids @ (self.timestamp_map * _TIMESTAMP_SCALE)
        return torch.cat([self.embedding, times]) * self.unreserved

    def encode(self, mel: Tensor, padding: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """-> states (W, positions, width), those before the last layer, seconds a position.

        The `padding` positions stand for all of the padding up to 30 s: their attention scores
        are raised by the logarithm of how many each stands for.
        """
        encoder = self.whisper.encoder
        states = F.gelu(encoder.conv2(F.gelu(encoder.conv1(mel)))).transpose(1, 2)
        places = torch.arange(states.shape[1], device=mel.device)
        bias = None
        if padding is not None:
            bias = self.padding_bias(states.shape[1], len(padding), mel.device)
            constant = states[:, -2:-1].expand(-1, len(padding), -1)
            states, places = torch.cat([states, constant], 1), torch.cat([places, padding])
        states = states + encoder.positional_embedding[places]
        middle = states
        for index, block in enumerate(encoder.blocks):
            normed = _as_int8(block.attn_ln(states))
            states = states + _attend(block.attn, normed, normed, bias=bias)
            states = states + _mlp(block)(block.mlp_ln(states))
            if index == ENCODER_LAYERS - 2:
                middle = states
        return encoder.ln_post(states), middle, places * _POSITION_S

    @staticmethod
    def padding_bias(real: int, sampled: int, device: torch.device) -> Tensor:
        bias = torch.zeros(real + sampled, device=device)
        bias[real:] = math.log((POSITIONS - real) / sampled)
        return bias[None, None, None]

    def decode(
        self,
        batch: Batch,
        encoded: Tensor,
        table: Tensor,
        bias: Tensor | None,
        guided: Tensor,
    ) -> tuple[Tensor, list[Tensor]]:
        """-> last states (R, L, width) and each layer's attention (guided, GUIDED_HEADS, L, P)."""
        decoder = self.whisper.decoder
        row_window = batch.row_window
        rows = torch.cat([table, self.unknown])[batch.inputs]
        states = rows + decoder.positional_embedding[: rows.shape[1]]
        attentions = []
        encoded = _as_int8(encoded)
        for block in decoder.blocks:
            normed = _as_int8(block.attn_ln(states))
            states = states + _attend(block.attn, normed, normed, causal=True)
            normed, cross = _as_int8(block.cross_attn_ln(states)), block.cross_attn
            attentions.append(
                _weights(cross, normed[guided], encoded[row_window[guided]], bias=bias)
            )
            states = states + _attend(cross, normed, encoded, row_window=row_window, bias=bias)
            states = states + _mlp(block)(block.mlp_ln(states))
        weight, shift = decoder.ln.weight * self.unreserved, decoder.ln.bias * self.unreserved
        return F.layer_norm(states, (WIDTH,), weight, shift), attentions

    def forward(self, batch: Batch, *, train_encoder: bool = True) -> Losses:
        with torch.set_grad_enabled(train_encoder and torch.is_grad_enabled()):
            encoded, phonemes, words = self.hear(batch)
        return self.tell(batch, encoded, phonemes, words)

    def hear(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """-> the encoder's states, and its losses of phonemes and words."""
        encoded, middle, _ = self.encode(batch.mel, batch.padding)
        real = batch.phonemes.shape[1]
        phonemes = F.cross_entropy(
            self.phoneme_head(middle[:, :real]).flatten(0, 1), batch.phonemes.flatten()
        )
        words = F.cross_entropy(
            self.word_head(encoded[:, :real]).flatten(0, 1), batch.words.flatten()
        )
        return encoded, phonemes, words

    def tell(self, batch: Batch, encoded: Tensor, phonemes: Tensor, words: Tensor) -> Losses:
        """Losses of the decoder over the encoder's states, with those of the encoder given."""
        device, real = encoded.device, batch.phonemes.shape[1]
        places, bias = torch.arange(real, device=device), None
        if batch.padding is not None:
            places = torch.cat([places, batch.padding])
            bias = self.padding_bias(real, len(batch.padding), device)
        seconds = places * _POSITION_S
        table = self.table()
        rows = len(batch.inputs)
        guided = torch.randperm(rows, device=device)[: max(_GUIDED_ROWS, rows // 3)]
        states, attentions = self.decode(batch, encoded, table, bias, guided)
        wanted = batch.targets >= 0
        logits, targets = _as_int8(states[wanted]) @ table.T, batch.targets[wanted]
        times = targets >= self.embedding.shape[0]
        weights = torch.where(times, _TIMESTAMP_WEIGHT, 1.0)
        weights = torch.where(targets == self._end, _END_WEIGHT, weights)
        right = (logits.argmax(-1) == targets).float()
        said, given = batch.target_spans[guided], batch.input_spans[guided]
        first, last = attentions[0], attentions[-1]
        between = [_missed(attention, said, seconds) for attention in attentions[1:-1]]
        return Losses(
            tokens=(F.cross_entropy(logits, targets, reduction="none") * weights).mean(),
            guide=_missed(last, said, seconds)
            + 0.5 * _missed(first[:, :1], given, seconds)
            + 0.5 * _missed(first[:, 1:], said, seconds)
            + 0.5 * sum(between, start=torch.zeros((), device=device)),
            phonemes=phonemes,
            words=words,
            text_accuracy=right[~times].mean(),
            time_accuracy=right[times].mean() if times.any() else right.mean(),
        )


def _attend(
    attention: MultiHeadAttention,
    queries: Tensor,
    keys: Tensor,
    *,
    causal: bool = False,
    bias: Tensor | None = None,
    row_window: Tensor | None = None,
) -> Tensor:
    """Multi-head attention with Whisper's weights; `row_window` repeats the keys for rows."""
    query = attention.query(queries)
    key, value = attention.key(keys), attention.value(keys)
    if row_window is not None:
        key, value = key[row_window], value[row_window]
    query, key, value = (x.unflatten(-1, (HEADS, -1)).transpose(1, 2) for x in (query, key, value))
    mask = None if bias is None else bias.expand(*query.shape[:3], key.shape[2])
    mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal)
    output: Tensor = attention.out(_as_int8(mixed.transpose(1, 2).flatten(2)))
    return output


def _as_int8(values: Tensor) -> Tensor:
    """What int8 arithmetic makes of a layer's input: 127 steps up to each row's largest value.

    The gradient passes as if nothing were rounded.
    """
    seen = values.detach()
    step = seen.abs().amax(-1, keepdim=True).clamp(min=1e-6) / 127
    return values + (torch.round(seen / step) * step - seen)


def _mlp(block: ResidualAttentionBlock) -> Callable[[Tensor], Tensor]:
    inner, activation, outer = block.mlp
    return lambda normed: outer(_as_int8(activation(inner(_as_int8(normed)))))


def _weights(
    attention: MultiHeadAttention, queries: Tensor, keys: Tensor, *, bias: Tensor | None
) -> Tensor:
    """Attention of the guided heads.  Much slower than `_attend`: only for a few rows."""
    width = GUIDED_HEADS * WIDTH // HEADS
    query, key = (
        x[..., :width].unflatten(-1, (GUIDED_HEADS, -1)).transpose(1, 2)
        for x in (attention.query(queries), attention.key(keys))
    )
    scores = (query @ key.transpose(-1, -2)) * (WIDTH // HEADS) ** -0.5
    return torch.softmax(scores if bias is None else scores + bias, -1)


def _missed(attention: Tensor, spans: Tensor, seconds: Tensor) -> Tensor:
    """Mean negative log of the attention inside each token's span."""
    inside = (seconds >= spans[..., :1] - 0.02) & (seconds <= spans[..., 1:] + 0.01)
    counted = (spans[..., 1] > 0) & inside.any(-1)
    mass = (attention * inside[:, None]).sum(-1).clamp(min=1e-6)
    total = (mass.log() * counted[:, None]).sum()
    return -total / (counted.sum().clamp(min=1) * attention.shape[1])


def whisper_state(network: Network, used: Sequence[int]) -> dict[str, Tensor]:
    """The weights as a plain Whisper's state dictionary."""
    state = {
        name: value.detach().cpu().clone() for name, value in network.whisper.state_dict().items()
    }
    table, mask = network.table().detach().cpu(), network.unreserved.cpu()
    rows = torch.zeros(VOCABULARY, WIDTH)
    rows[:, 0] = UNUSED_VALUE
    rows[list(used)] = table[: len(used)]
    rows[-TIMESTAMPS:] = table[len(used) :]
    state["decoder.token_embedding.weight"] = rows
    state["decoder.ln.weight"] *= mask
    state["decoder.ln.bias"] *= mask
    state["decoder.ln.bias"][0] = RESERVED_BIAS
    return state


def load_whisper_state(
    network: Network, state: Mapping[str, Tensor], used: Sequence[int]
) -> tuple[list[str], float]:
    """Takes over the weights of a fixture model (the inverse of `whisper_state`).

    Layers that the model lacks change nothing at first.

    Returns:
        Tokens without a row in the model, which keep their random one, and the largest
        difference between a timestamp's row and what the network can represent.
    """
    rows = state["decoder.token_embedding.weight"]
    known = rows[list(used), 0] > UNUSED_VALUE / 2
    own = {name: value for name, value in state.items() if "token_embedding" not in name}
    network.whisper.load_state_dict(own, strict=False)
    with torch.no_grad():
        for name, value in network.whisper.named_parameters():
            if name not in own and name.split(".", 3)[-1].startswith(_LAYER_OUTPUTS):
                value.zero_()
        wanted = rows[list(used)] * network.unreserved
        network.embedding.copy_(torch.where(known[:, None], wanted, network.embedding))
        times = rows[-TIMESTAMPS:] * network.unreserved
        # Neighbouring sinusoids are nearly the same: a little damping keeps the map small.
        basis = network.sinusoids.double()
        damped = basis.T @ basis + 1e-3 * torch.eye(WIDTH, dtype=torch.float64)
        network.timestamp_map.copy_(
            torch.linalg.solve(damped, basis.T @ times.double()) / _TIMESTAMP_SCALE
        )
        off = float((network.table()[len(used) :] - times).abs().max())
    unknown = [token for token, there in zip(used, known, strict=True) if not there]
    return [tokenizer().decode([token]) for token in unknown], off
