"""Vectors of 256 bits in compiled loops: 8 numbers in single precision, 4 in double.

LLVM's own vectoriser gives up on loops over pairs with a mask, unaligned rows and a polynomial
whose length is known at run time only. Here a vector is a value like any other, and so is a stack
of several: the loops are written once, for both precisions, and the machine code is what they say.
LLVM splits stacks into registers, as long ones as the machine has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic as _intrinsic
from numba.extending import models, register_model

intrinsic: Any = _intrinsic  # called without the typing context that its functions take

BITS = 256

_EXACT = ("contract",)


class Vector(types.Type):
    """The type of a number of vectors, in one variable: arithmetic is on all of them at once.

    Independent chains of arithmetic hide how long one operation takes, and LLVM takes longer
    registers where the machine has them.
    """

    def __init__(self, dtype: Any, groups: int = 1) -> None:
        self.dtype = dtype
        self.groups = groups
        super().__init__(name=f"Vector({dtype}, {groups})")

    @property
    def count(self) -> int:
        """Numbers in all."""
        return self.groups * _count(self.dtype)


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, _llvm_type(fe_type))


def _count(dtype: Any) -> int:
    return BITS // int(dtype.bitwidth)


def _alike(like: Any) -> Vector:
    """Return the type of one vector of the dtype of an array, or that of some vectors."""
    return like if isinstance(like, Vector) else Vector(like.dtype)


def _llvm_type(vector: Vector, element: Any = None) -> Any:
    number = ir.FloatType() if vector.dtype == types.float32 else ir.DoubleType()
    return ir.VectorType(element or number, vector.count)


def _constant(kind: Any, value: float) -> Any:
    return ir.Constant(kind, [value] * kind.count)


def _llvm_function(builder: Any, name: str, kind: Any, arguments: int) -> Any:
    bits = 32 if isinstance(kind.element, ir.FloatType) else 64
    signature = ir.FunctionType(kind, [kind] * arguments)
    full = f"llvm.{name}.v{kind.count}f{bits}"
    return cgutils.get_or_insert_function(builder.module, signature, full)


def _address(
    context: Any, builder: Any, kind: Any, array: Any, index: Any, like: Any = None
) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    vector = _llvm_type(like or Vector(kind.dtype))
    return builder.bitcast(builder.gep(data, [index]), vector.as_pointer())


@intrinsic
def lanes(typingctx, like):
    """Return how many numbers of the dtype of an array a vector holds."""

    def codegen(context, builder, signature, args):
        return context.get_constant(types.intp, _count(like.dtype))

    return types.intp(like), codegen


@intrinsic
def load(typingctx, array, index):
    """Return the vector at array[index], ... of a contiguous array."""

    def codegen(context, builder, signature, args):
        address = _address(context, builder, array, *args)
        return builder.load(address, align=array.dtype.bitwidth // 8)

    return Vector(array.dtype)(array, types.intp), codegen


@intrinsic
def load_as(typingctx, array, index, like):
    """Return as many vectors as `like` is, one after the other from array[index] on."""

    def codegen(context, builder, signature, args):
        address = _address(context, builder, array, *args[:2], like)
        return builder.load(address, align=array.dtype.bitwidth // 8)

    return like(array, types.intp, like), codegen


@intrinsic
def store(typingctx, array, index, value):
    """Write vectors to array[index], ..."""

    def codegen(context, builder, signature, args):
        address = _address(context, builder, array, args[0], args[1], value)
        builder.store(args[2], address, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), codegen


@intrinsic
def splat(typingctx, number, like):
    """Return vectors of one number: one of the dtype of the array `like`, or as many as it is."""
    kind = _alike(like)

    def codegen(context, builder, signature, args):
        cast = context.cast(builder, args[0], number, kind.dtype)
        return _spread(builder, cast, _llvm_type(kind))

    return kind(number, like), codegen


@intrinsic
def broadcast(typingctx, array, index, like):
    """Return `splat(array[index], like)`; the index is not checked."""
    kind = _alike(like)

    def codegen(context, builder, signature, args):
        data = context.make_array(array)(context, builder, args[0]).data
        number = builder.load(builder.gep(data, [args[1]]))
        return _spread(builder, number, _llvm_type(kind))

    return kind(array, types.intp, like), codegen


@intrinsic
def stack(typingctx, numbers, like):
    """Return as many vectors as there are numbers, one filled with each; dtype of an array."""
    kind = Vector(like.dtype, len(numbers))

    def codegen(context, builder, signature, args):
        cast = [
            context.cast(builder, builder.extract_value(args[0], k), numbers.dtype, kind.dtype)
            for k in range(len(numbers))
        ]
        return _stacked(builder, cast, _llvm_type(kind))

    return kind(numbers, like), codegen


@intrinsic
def repeat(typingctx, vector, like):
    """Return one vector as many times as `like` is."""

    def codegen(context, builder, signature, args):
        return _repeated(builder, args[0], like.groups)

    return like(vector, like), codegen


@intrinsic
def groups(typingctx, a):
    """Return a tuple of the single vectors."""
    one = Vector(a.dtype)

    def codegen(context, builder, signature, args):
        parts = [_group(builder, args[0], k, one.count) for k in range(a.groups)]
        return context.make_tuple(builder, signature.return_type, parts)

    return types.UniTuple(one, a.groups)(a), codegen


def _binary(name: str, doc: str) -> Callable[..., Any]:
    def operation(typingctx, a, b):
        def codegen(context, builder, signature, args):
            return getattr(builder, name)(*args, flags=_EXACT)

        return a(a, b), codegen

    operation.__doc__ = doc
    return intrinsic(operation)


add = _binary("fadd", "Return a + b.")
subtract = _binary("fsub", "Return a - b.")
multiply = _binary("fmul", "Return a * b.")


@intrinsic
def fma(typingctx, a, b, c):
    """Return a * b + c with one rounding."""

    def codegen(context, builder, signature, args):
        return builder.call(_llvm_function(builder, "fma", args[0].type, 3), args)

    return a(a, b, c), codegen


@intrinsic
def inverse_root(typingctx, a):
    """Return 1/sqrt(a) for a between 1e-30 and 1e30, to a few units of the last place.

    In single precision from the estimate of the hardware and one Newton step (LLVM's choice for
    a quotient marked as approximate); in double precision one cubic step more. Neither divides.
    """

    def codegen(context, builder, signature, args):
        (x,) = args
        if a.dtype == types.float32:
            return _single_inverse_root(builder, x)
        kind = x.type
        shorter = ir.VectorType(ir.FloatType(), kind.count)
        guess = builder.fpext(_single_inverse_root(builder, builder.fptrunc(x, shorter)), kind)
        square = builder.fmul(builder.fmul(x, guess, flags=_EXACT), guess, flags=_EXACT)
        miss = builder.fsub(_constant(kind, 1.0), square, flags=_EXACT)
        # (1 - miss)^(-1/2) = 1 + miss / 2 + 3 miss^2 / 8 + ...
        slope = builder.fmul(_constant(kind, 0.375), miss, flags=_EXACT)
        slope = builder.fadd(_constant(kind, 0.5), slope, flags=_EXACT)
        step = builder.fmul(builder.fmul(guess, miss, flags=_EXACT), slope, flags=_EXACT)
        return builder.fadd(guess, step, flags=_EXACT)

    return a(a), codegen


def _single_inverse_root(builder: Any, x: Any) -> Any:
    root = builder.call(_llvm_function(builder, "sqrt", x.type, 1), [x], fastmath=("fast",))
    return builder.fdiv(_constant(x.type, 1.0), root, flags=("fast",))


@intrinsic
def differences(typingctx, array, index, numbers, like):
    """Return array[index] - numbers[k], ... in vector k, rounded to the dtype of `like` last."""
    kind = Vector(like.dtype, len(numbers))

    def codegen(context, builder, signature, args):
        wide = ir.VectorType(ir.DoubleType(), kind.count)
        one = ir.VectorType(ir.DoubleType(), kind.count // kind.groups)
        data = context.make_array(array)(context, builder, args[0]).data
        address = builder.bitcast(builder.gep(data, [args[1]]), one.as_pointer())
        there = _repeated(builder, builder.load(address, align=8), kind.groups)
        each = [builder.extract_value(args[2], k) for k in range(kind.groups)]
        away = builder.fsub(there, _stacked(builder, each, wide))
        return away if kind.dtype == types.float64 else builder.fptrunc(away, _llvm_type(kind))

    return kind(array, types.intp, numbers, like), codegen


def _spread(builder: Any, number: Any, kind: Any) -> Any:
    empty = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
    return _shuffled(builder, first, [0] * kind.count)


def _stacked(builder: Any, numbers: list[Any], kind: Any) -> Any:
    """Return a vector whose parts of equal length are filled with the numbers."""
    vector = ir.Constant(kind, ir.Undefined)
    for k, number in enumerate(numbers):
        vector = builder.insert_element(vector, number, ir.Constant(ir.IntType(32), k))
    length = kind.count // len(numbers)
    return _shuffled(builder, vector, [lane // length for lane in range(kind.count)])


def _repeated(builder: Any, vector: Any, times: int) -> Any:
    return _shuffled(builder, vector, list(range(vector.type.count)) * times)


def _group(builder: Any, vector: Any, k: int, count: int) -> Any:
    return _shuffled(builder, vector, list(range(k * count, (k + 1) * count)))


def _shuffled(builder: Any, vector: Any, lanes: list[int]) -> Any:
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes)
    return builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), mask)


@intrinsic
def where_less(typingctx, a, b, value, otherwise):
    """Return `value` where a < b, else `otherwise`."""

    def codegen(context, builder, signature, args):
        return builder.select(builder.fcmp_ordered("<", args[0], args[1]), args[2], args[3])

    return value(a, b, value, otherwise), codegen


@intrinsic
def totals(typingctx, a):
    """Return a tuple of the sums of the numbers of each vector."""
    length = a.count // a.groups

    def codegen(context, builder, signature, args):
        sums = [_sum(builder, _group(builder, args[0], k, length)) for k in range(a.groups)]
        return context.make_tuple(builder, signature.return_type, sums)

    return types.UniTuple(a.dtype, a.groups)(a), codegen


def _sum(builder: Any, vector: Any) -> Any:
    numbers = [
        builder.extract_element(vector, ir.Constant(ir.IntType(32), lane))
        for lane in range(vector.type.count)
    ]
    while len(numbers) > 1:
        numbers = [builder.fadd(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    return numbers[0]
