"""Makes a tiny random folder of BGE-M3's shape, or a reranker's: for tests of the real code.

Run by the embedding environment's interpreter: ``python tiny_xlmr.py m3|reranker FOLDER``.
The tokenizer has single characters and a few words of Korean and English.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

SIZE = 32
WORDS = (
    "인공지능",
    "기술",
    "발전",
    "텍스트",
    "딥러닝",
    "the",
    "model",
    "text",
    "search",
    "question",
)


def _tokenizer(folder: Path) -> int:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    pieces = ["<s>", "<pad>", "</s>", "<unk>", *(f"▁{word}" for word in WORDS), "▁"]
    letters = [chr(code) for code in range(33, 127)]
    hangul = [chr(code) for code in range(0xAC00, 0xAC00 + 2_000)]
    vocabulary = [(piece, -float(at) / 100.0) for at, piece in enumerate(pieces + letters + hangul)]
    inner = Tokenizer(models.Unigram(vocabulary, unk_id=3))
    inner.pre_tokenizer = pre_tokenizers.Metaspace()
    inner.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    made = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        model_max_length=512,
    )
    made.save_pretrained(folder)
    return len(vocabulary)


def _config(size: int, **more: Any) -> Any:
    from transformers import XLMRobertaConfig

    return XLMRobertaConfig(
        vocab_size=size,
        hidden_size=SIZE,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=514,
        type_vocab_size=1,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        **more,
    )


def main() -> None:
    import torch
    from transformers import XLMRobertaForSequenceClassification, XLMRobertaModel

    kind, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    size = _tokenizer(folder)
    if kind == "m3":
        XLMRobertaModel(_config(size)).save_pretrained(folder)
        sparse = torch.nn.Linear(SIZE, 1)
        torch.nn.init.constant_(sparse.bias, 1.0)  # or chance would leave no weight above zero
        torch.save(sparse.state_dict(), folder / "sparse_linear.pt")
        torch.save(torch.nn.Linear(SIZE, SIZE).state_dict(), folder / "colbert_linear.pt")
    else:
        XLMRobertaForSequenceClassification(_config(size, num_labels=1)).save_pretrained(folder)


if __name__ == "__main__":
    main()
