"""The browser's kernel, run by wasmtime: it is what its source compiles to, and it computes what numpy does."""

import numpy as np
import pytest
import torch
from wasmtime import Instance, Limits, Memory, MemoryType, Module, Store

from tools.kernel import FUSED, PLAIN, SOURCE, compiled

PAGES = 64  # of 64 KiB
RELAXED_MADD = b"\xfd\x85\x02"  # the instruction's code


def test_the_compiled_kernels_are_those_of_their_source_and_small():
    assert {path: path.read_bytes() for path in (PLAIN, FUSED)} == compiled()
    assert max(path.stat().st_size for path in (PLAIN, FUSED)) <= 4096
    assert RELAXED_MADD in FUSED.read_bytes() and RELAXED_MADD not in PLAIN.read_bytes()
    assert SOURCE.read_text("utf-8").startswith(";;")


@pytest.fixture(scope="module", params=[PLAIN, FUSED], ids=lambda path: path.stem)
def kernel(request):
    """kernel(name, *arguments) calls a function; arrays are rows of float32, put one behind the other in the memory."""
    store = Store()
    memory = Memory(store, MemoryType(Limits(PAGES, PAGES)))
    exports = Instance(store, Module(store.engine, request.param.read_bytes()), [memory]).exports(store)

    def call(name, arrays, out_size, numbers):
        raw = np.ctypeslib.as_array(memory.data_ptr(store), (PAGES * 65536,)).view(np.float32)
        raw[:] = 7  # what lies around must not matter
        places, at = [], 0
        for array in arrays:
            raw[at : at + array.size] = array.ravel()
            places.append(4 * at)
            at += (array.size + 3) // 4 * 4
        exports[name](store, *places, *([] if out_size is None else [4 * at]), *numbers)
        start = 0 if out_size is None else at
        size = arrays[0].size if out_size is None else out_size
        assert (raw[start + size :] == 7).all(), f"{name} has written past its end"
        return raw[start : start + size].copy()

    return call


def padded(array: np.ndarray) -> np.ndarray:
    """Rows filled with zeros to a multiple of four numbers."""
    return np.pad(array, [(0, 0)] * (array.ndim - 1) + [(0, -array.shape[-1] % 4)])


@pytest.mark.parametrize("m", [0, 1, 3, 4, 5, 127])
@pytest.mark.parametrize("n", [0, 1, 2, 5, 7, 64])
@pytest.mark.parametrize("k", [1, 2, 20, 784])
def test_a_dense_layer_is_numpy_s(kernel, m, n, k):
    generator = np.random.default_rng(1000 * m + 10 * n + k)
    a, w, bias = (generator.normal(size=shape).astype(np.float32) for shape in [(m, k), (n, k), (n,)])
    width = padded(np.empty((1, n))).shape[1]
    out = kernel("dense", [padded(a), padded(w), padded(bias)], m * width, [m, n, padded(a).shape[1]])
    expected = a.astype(float) @ w.T.astype(float) + bias
    if out.size:
        np.testing.assert_allclose(out.reshape(m, width)[:, :n], expected, atol=2e-6 * k + 1e-6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("relu", torch.relu),
        ("sigmoid", torch.sigmoid),
        ("gelu", lambda x: torch.nn.functional.gelu(x, approximate="tanh")),
    ],
)
def test_activations_are_torch_s(kernel, name, expected):
    x = np.concatenate([np.linspace(-30, 30, 4001), [0, -0.0, 1e-20, -200, 200, 1e5, -1e5, 1e-3, -1e-3]])
    x = np.resize(x, (x.size + 3) // 4 * 4).astype(np.float32)
    result = kernel(name, [x], None, [x.size])
    np.testing.assert_allclose(result, expected(torch.from_numpy(x).double()), rtol=3e-6, atol=3e-7)
