"""Command line: `python -m tests.models.whisper_fixture_training STEP ...` (see `train`)."""

from __future__ import annotations

import argparse
from pathlib import Path

FIXTURE = Path(__file__).resolve().parent.parent / "whisper-fixture"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests/models/train", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for everything made")
    steps = parser.add_subparsers(dest="step", required=True)

    synth = steps.add_parser("synth", help="speak the training sentences")
    synth.add_argument("--sentences", type=int, default=6_000, help="a language")
    synth.add_argument("--workers", type=int, default=2)

    train = steps.add_parser("train", help="train on them")
    _add_training(train, minutes=90.0, learning_rate=1.5e-3, start=0.0, seconds_a_batch=60.0)
    train.add_argument("--begin-from", type=Path, help="CTranslate2 folder with the first weights")

    rehearse = steps.add_parser("rehearse", help="then train on long windows")
    _add_training(rehearse, minutes=100.0, learning_rate=8e-4, start=0.4, seconds_a_batch=120.0)
    rehearse.add_argument(
        "--begin-from", type=Path, help="CTranslate2 folder, or default: the checkpoint of train"
    )

    convert = steps.add_parser("convert", help="write the CTranslate2 folder")
    convert.add_argument("--output", type=Path, help="default: WORK/whisper-fixture")
    convert.add_argument("--quantization", default="int8", choices=("int8", "float16", "float32"))

    evaluate = steps.add_parser("evaluate", help="measure a CTranslate2 folder")
    evaluate.add_argument("--model", type=Path, action="append", help="default: both folders")
    evaluate.add_argument("--compute-type", default="int8")
    evaluate.add_argument("--scale", type=float, default=1.0, help="how many cases, 1 = normal")
    return parser


def _add_training(
    parser: argparse.ArgumentParser,
    *,
    minutes: float,
    learning_rate: float,
    start: float,
    seconds_a_batch: float,
) -> None:
    parser.add_argument("--minutes", type=float, default=minutes)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=learning_rate)
    parser.add_argument("--seconds-a-batch", type=float, default=seconds_a_batch)
    parser.add_argument("--start", type=float, default=start, help="place in the schedule, 0 to 1")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")


def main() -> None:
    options = _parser().parse_args()
    work: Path = options.work
    work.mkdir(parents=True, exist_ok=True)
    if options.step == "synth":
        from tests.models.whisper_fixture_training import corpus

        corpus.build(work / "corpus.pkl", options.sentences, options.workers)
    elif options.step in ("train", "rehearse"):
        from tests.models.whisper_fixture_training import train

        train.train(
            train.Options(
                work=work,
                minutes=options.minutes,
                device=options.device,
                threads=options.threads,
                learning_rate=options.learning_rate,
                begin_from=options.begin_from,
                start=options.start,
                resume=options.resume,
                seconds_a_batch=options.seconds_a_batch,
                rehearse=options.step == "rehearse",
                seed=options.seed,
            )
        )
    elif options.step == "convert":
        from tests.models.whisper_fixture_training import torch_to_ct2

        torch_to_ct2.convert(
            work / "model.pt", options.output or work / FIXTURE.name, options.quantization
        )
    else:
        from tests.models.whisper_fixture_training import evaluate

        for model in options.model or [FIXTURE, work / FIXTURE.name]:
            evaluate.evaluate(model, options.compute_type, options.scale)


if __name__ == "__main__":
    main()
