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
def row_sums(typingctx, series, first, length, table, sums, place, rows):
    """Write vector place + k of `sums`, for each row k: sum over c < length series[k, c] table[c].

    Row k of the series is the numbers after first + k length; `rows` is a tuple as long as rows
    are done at once, so that their sums stay in registers.
    """
    m = len(rows)

    def generate(context, builder, signature, arguments):
        data = [_data(context, builder, signature, arguments, k) for k in (0, 3, 4)]
        _, first, length, _, _, place, _ = arguments
        starts = [
            builder.gep(data[0], [builder.add(first, builder.mul(length, _whole(first, k)))])
            for k in range(m)
        ]
        totals = [cgutils.alloca_once_value(builder, _filled(0.0)) for _ in starts]
        with cgutils.for_range(builder, length) as loop:
            vector = _load(builder, data[1], loop.index)
            for start, total in zip(starts, totals, strict=True):
                number = builder.load(builder.gep(start, [loop.index]))
                more = _fused(builder, _spread(builder, number), vector, builder.load(total))
                builder.store(more, total)
        for k, total in enumerate(totals):
            _store(builder, data[2], builder.add(place, _whole(place, k)), builder.load(total))
        return context.get_dummy_value()

    return types.void(series, first, length, table, sums, place, rows), generate


@intrinsic
def weighted_sum(typingctx, weights, vectors, count, sums, place):
    """Write vector `place` of `sums`: the sum over i < count of weights[i] vectors[i]."""

    def generate(context, builder, signature, arguments):
        data = [_data(context, builder, signature, arguments, k) for k in (0, 1, 3)]
        total = cgutils.alloca_once_value(builder, _filled(0.0))
        with cgutils.for_range(builder, arguments[2]) as loop:
            weight, vector = (_load(builder, pointer, loop.index) for pointer in data[:2])
            builder.store(_fused(builder, weight, vector, builder.load(total)), total)
        _store(builder, data[2], arguments[4], builder.load(total))
        return context.get_dummy_value()

    return types.void(weights, vectors, count, sums, place), generate


@intrinsic
def chebyshev_table(typingctx, x, first, table, count):
    """Write T_0 .. T_{count-1} of the 16 numbers after x[first] to the vectors of `table`."""

    def generate(context, builder, signature, arguments):
        numbers, table = (_data(context, builder, signature, arguments, k) for k in (0, 2))
        at = _vector_at(builder, builder.gep(numbers, [arguments[1]]))
        one, none = _filled(1.0), _filled(0.0)
        once = builder.load(at, align=8)
        twice = builder.fadd(once, once)
        # T_{-1} = x, so the recurrence needs no case of its own: T_1 = 2 x T_0 - T_{-1}
        now, last = (
            cgutils.alloca_once_value(builder, one),
            cgutils.alloca_once_value(builder, once),
        )
        with cgutils.for_range(builder, arguments[3]) as loop:
            current = builder.load(now)
            _store(builder, table, loop.index, current)
            less = builder.fsub(none, builder.load(last))
            builder.store(_fused(builder, twice, current, less), now)
            builder.store(current, last)
        return context.get_dummy_value()

    return types.void(x, first, table, count), generate


@intrinsic
def chebyshev_slopes(typingctx, x, first, table, slopes, count, scale):
    """Write `scale` times T_0' .. T_{count-1}' to the vectors of `slopes`; `table` has the T_i."""

    def generate(context, builder, signature, arguments):
        numbers, table, slopes = (
            _data(context, builder, signature, arguments, k) for k in (0, 2, 3)
        )
        at = _vector_at(builder, builder.gep(numbers, [arguments[1]]))
        none = _filled(0.0)
        once = builder.load(at, align=8)
        twice = builder.fadd(once, once)
        scale = _spread(builder, arguments[5])
        # T_i' = 2 T_{i-1} + 2 x T_{i-1}' - T_{i-2}' from T_0' = 0; T_{-1}' = 1 makes T_1' = 1
        now, last = (cgutils.alloca_once_value(builder, start) for start in (none, scale))
        double = builder.fadd(scale, scale)
        with cgutils.for_range(builder, arguments[4]) as loop:
            current = builder.load(now)
            _store(builder, slopes, loop.index, current)
            ahead = builder.fsub(none, builder.load(last))
            ahead = _fused(builder, double, _load(builder, table, loop.index), ahead)
            builder.store(_fused(builder, twice, current, ahead), now)
            builder.store(current, last)
        return context.get_dummy_value()

    return types.void(x, first, table, slopes, count, scale), generate


def _data(context, builder, signature, arguments, k):
    """Return the pointer to the numbers of argument k, an array."""
    return context.make_array(signature.args[k])(context, builder, arguments[k]).data


def _filled(number):
    return ir.Constant(_VECTOR, [number] * LANES)


def _whole(like, number):
    return ir.Constant(like.type, number)


def _address(builder, pointer, index):
    at = builder.mul(index, ir.Constant(index.type, LANES))
    return _vector_at(builder, builder.gep(pointer, [at]))


def _vector_at(builder, pointer):
    return builder.bitcast(pointer, _VECTOR.as_pointer())


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
