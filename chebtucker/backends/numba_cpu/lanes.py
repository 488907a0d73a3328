"""Arithmetic on 16 numbers side by side, written for the compiler as vectors.

Loops that LLVM should turn into vector instructions are at the mercy of its guesses about arrays
that might overlap. These few operations say what is meant; the compiler only picks registers.
A *vector* here is 16 consecutive numbers of a flat array; vector i starts at 16 i.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

LANES = 16
ROWS = 4

_DOUBLE = ir.DoubleType()
_VECTOR = ir.VectorType(_DOUBLE, LANES)
_EVERY = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)


@intrinsic
def row_sums(typingctx, series, first, table, sums, place, length, rows):
    """Write vector place + k of `sums`, for each row k: sum over c of series[k, c] table[c].

    Row k of the series is the p numbers after first + k p; `length` and `rows` are tuples of
    lengths p and of how many rows are done at once, so that the loops are unrolled.
    """
    n, m = len(length), len(rows)

    def generate(context, builder, signature, arguments):
        data = [_data(context, builder, signature, arguments, k) for k in (0, 2, 3)]
        row, place = arguments[1], arguments[4]
        totals = [ir.Constant(_VECTOR, [0.0] * LANES)] * m
        for c in range(n):
            vector = _load(builder, data[1], context.get_constant(types.intp, c))
            for k in range(m):
                at = builder.add(row, context.get_constant(types.intp, k * n + c))
                number = builder.load(builder.gep(data[0], [at]))
                totals[k] = _fused(builder, _spread(builder, number), vector, totals[k])
        for k in range(m):
            at = builder.add(place, context.get_constant(types.intp, k))
            _store(builder, data[2], at, totals[k])
        return context.get_dummy_value()

    return types.void(series, first, table, sums, place, length, rows), generate


@intrinsic
def weighted_sum(typingctx, weights, vectors, count, sums, place):
    """Write vector `place` of `sums`: the sum over i < count of weights[i] vectors[i]."""

    def generate(context, builder, signature, arguments):
        data = [_data(context, builder, signature, arguments, k) for k in (0, 1, 3)]
        total = cgutils.alloca_once_value(builder, ir.Constant(_VECTOR, [0.0] * LANES))
        with cgutils.for_range(builder, arguments[2]) as loop:
            weight, vector = (_load(builder, pointer, loop.index) for pointer in data[:2])
            builder.store(_fused(builder, weight, vector, builder.load(total)), total)
        _store(builder, data[2], arguments[4], builder.load(total))
        return context.get_dummy_value()

    return types.void(weights, vectors, count, sums, place), generate


def _data(context, builder, signature, arguments, k):
    """Return the pointer to the numbers of argument k, an array."""
    return context.make_array(signature.args[k])(context, builder, arguments[k]).data


def _address(builder, pointer, index):
    at = builder.mul(index, ir.Constant(index.type, LANES))
    return builder.bitcast(builder.gep(pointer, [at]), _VECTOR.as_pointer())


def _load(builder, pointer, index):
    return builder.load(_address(builder, pointer, index), align=8)


def _store(builder, pointer, index, vector):
    builder.store(vector, _address(builder, pointer, index), align=8)


def _spread(builder, number):
    one = builder.insert_element(
        ir.Constant(_VECTOR, ir.Undefined), number, ir.Constant(ir.IntType(32), 0)
    )
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), _EVERY)


def _fused(builder, a, b, c):
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
    fma = builder.module.declare_intrinsic(f"llvm.fma.v{LANES}f64", (), kind)
    return builder.call(fma, [a, b, c])
