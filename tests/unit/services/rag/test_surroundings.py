"""What the answer server learns of the other servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop import settings as settings_file
from desktop.paths import Paths
from desktop.services.rag.surroundings import Surroundings
from desktop.services.supervisor.spec import Endpoint, Secret, Terms
from desktop.services.supervisor.status_file import write_endpoints
from desktop.settings import Settings


@pytest.mark.parametrize(("wished", "most", "expected"), [(30, 10, 10), (8, 10, 8), (30, 0, 30)])
def test_no_more_passages_are_judged_than_the_memory_plan_allows(
    tmp_path: Path, wished: int, most: int, expected: int
) -> None:
    paths = Paths(tmp_path)
    settings = Settings()
    settings.retrieval.rerank_depth = wished
    settings_file.save(settings, paths.settings)
    surroundings = Surroundings(paths)
    assert surroundings.retrieval().rerank_depth == wished, "nobody runs yet"
    there = Endpoint("http://127.0.0.1:1", Secret("k"), "m", Terms(rerank_depth=most))
    write_endpoints(paths.service_status, {"embedding": there})
    assert surroundings.retrieval().rerank_depth == expected
    assert surroundings.endpoint("embedding") == there
