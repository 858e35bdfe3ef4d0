"""Trying a model in a child process, with children that really crash and hang."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from desktop.engine.asr.hardware import CudaDevice, Hardware
from desktop.engine.asr.selftest import choose, judge, run_selftest
from desktop.settings import RecognitionSettings

FIXTURE = Path(__file__).resolve().parents[3] / "models/whisper-fixture"
GB = 10**9
CPU_TYPES = ("float32", "int8", "int8_float32")
PLAIN = Hardware(8, 16, 32 * GB, 16 * GB, (), 0, CPU_TYPES)
CARD = CudaDevice(0, "RTX Test", 8 * GB, 8 * GB)
WITH_CARD = Hardware(8, 16, 32 * GB, 16 * GB, (CARD,), 1, CPU_TYPES, ("float16", "int8_float16"))

posix = pytest.mark.skipif(os.name != "posix", reason="uses shell scripts as children")


def child(tmp_path: Path, script: str) -> str:
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.skipif(not (FIXTURE / "model.bin").exists(), reason="needs the Whisper fixture")
def test_a_real_model_on_the_processor() -> None:
    tried = run_selftest(FIXTURE, device="cpu", compute_type="int8")
    assert tried.ok, tried.reason


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    tried = run_selftest(tmp_path, device="cpu", compute_type="int8")
    assert not tried.ok
    assert tried.reason
    assert "Traceback" not in tried.reason


@posix
def test_a_cudnn_abort_kills_only_the_child(tmp_path: Path) -> None:
    script = (
        'echo "Unable to load any of {libcudnn_ops.so.9.1.0, libcudnn_ops.so}" >&2\nkill -ABRT $$'
    )
    tried = run_selftest(tmp_path, python=child(tmp_path, script))
    assert not tried.ok
    assert "cuDNN 9" in tried.reason
    assert "nvidia-cudnn-cu12" in tried.hint


@posix
def test_a_crash_without_a_word(tmp_path: Path) -> None:
    tried = run_selftest(tmp_path, python=child(tmp_path, "kill -SEGV $$"))
    assert "signal 11" in tried.reason
    assert tried.hint


@posix
def test_a_child_that_hangs_is_ended(tmp_path: Path) -> None:
    tried = run_selftest(tmp_path, python=child(tmp_path, "exec sleep 60"), timeout_s=0.3)
    assert "did not answer" in tried.reason


def test_a_child_that_cannot_start(tmp_path: Path) -> None:
    assert not run_selftest(tmp_path, python=str(tmp_path / "absent")).ok


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("Library libcublas.so.12 is not found or cannot be loaded", "cuBLAS"),
        ("CUDA failed with error out of memory", "too little free memory"),
        ("CUDA driver version is insufficient for CUDA runtime version", "driver"),
        ("This CTranslate2 package was not compiled with CUDA support", "knows no CUDA"),
        ("Requested float16 compute type, but the target device does not", "precision"),
        ("something new", "something new"),
    ],
)
def test_reasons_are_readable(error: str, reason: str) -> None:
    tried = judge(0, f'noise\nmalgeul-selftest {{"error": "RuntimeError: {error}"}}\n', "")
    assert not tried.ok
    assert reason in tried.reason
    assert tried.hint


def test_success_needs_the_childs_own_word() -> None:
    assert judge(0, 'malgeul-selftest {"error": ""}', "warnings").ok
    assert not judge(0, "", "").ok
    assert not judge(3, 'malgeul-selftest {"error": ""}', "").ok


def test_without_a_card_the_processor_in_int8() -> None:
    found = choose(PLAIN, RecognitionSettings())
    assert (found.device, found.compute_type, found.threads) == ("cpu", "int8", 4)
    assert "no NVIDIA" in found.reason


def test_settings_are_followed() -> None:
    settings = RecognitionSettings(device="cpu", compute_type="float32", threads=7)
    found = choose(WITH_CARD, settings)
    assert (found.device, found.compute_type, found.threads) == ("cpu", "float32", 7)
    # a precision that this processor does not have
    assert choose(PLAIN, RecognitionSettings(compute_type="float16")).compute_type == "int8"


def test_a_card_is_used_when_nothing_speaks_against_it() -> None:
    found = choose(WITH_CARD, RecognitionSettings(), name="turbo")
    assert (found.device, found.compute_type) == ("cuda", "float16")
    assert "RTX Test" in found.reason


def test_a_card_that_fails_the_test_gives_way_to_the_processor(tmp_path: Path) -> None:
    found = choose(WITH_CARD, RecognitionSettings(), tmp_path, name="turbo")
    assert (found.device, found.compute_type) == ("cpu", "int8")
    assert "processor is used instead" in found.reason


def test_a_card_too_small_and_a_card_unseen() -> None:
    small = CudaDevice(0, "Small", GB // 2, GB // 2)
    hardware = Hardware(4, 8, 8 * GB, 8 * GB, (small,), 1, CPU_TYPES, ("float16",))
    assert choose(hardware, RecognitionSettings(), name="turbo").device == "cpu"
    unseen = Hardware(4, 8, 8 * GB, 8 * GB, (CARD,), 0, CPU_TYPES)
    found = choose(unseen, RecognitionSettings(), name="turbo")
    assert found.device == "cpu"
    assert "RTX Test" in found.reason
