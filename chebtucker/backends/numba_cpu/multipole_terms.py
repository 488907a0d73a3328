"""Contractions of a buffer of pairs: moments times derivatives of a radial kernel, summed.

With s_n = ((1/r) d/dr)^n K, P = p . x, v = Q x, R = x . v and T the trace of Q let

    A_n = q s_n - P s_(n+1) + (R s_(n+2) + T s_(n+1)) / 2,        B_n = -p s_n + v s_(n+1).

Then the potential is A_0, d_a A_n = x_a A_(n+1) + B_(n+1)_a and d_b B_n_a = x_b B_(n+1)_a +
Q_ab s_(n+1); the derivatives below follow. Rows of the buffer: x, y, z, r^2, q, p (3),
Q_xx, Q_yy, Q_zz, Q_xy, Q_xz, Q_yz, s_0, s_1, ..
"""

from __future__ import annotations

from chebtucker.backends.numba_cpu.compiling import called, merged

_S = 14  # row of s_0


@merged
def _geometry(pairs, j):
    """Return x, p, v = Q x and P, R, T of pair j."""
    x, y, z = pairs[0, j], pairs[1, j], pairs[2, j]
    vx = pairs[8, j] * x + pairs[11, j] * y + pairs[12, j] * z
    vy = pairs[11, j] * x + pairs[9, j] * y + pairs[13, j] * z
    vz = pairs[12, j] * x + pairs[13, j] * y + pairs[10, j] * z
    p = pairs[5, j] * x + pairs[6, j] * y + pairs[7, j] * z
    r = x * vx + y * vy + z * vz
    t = pairs[8, j] + pairs[9, j] + pairs[10, j]
    return x, y, z, vx, vy, vz, p, r, t


@merged
def _a(pairs, j, n, p, r, t):
    return (
        pairs[4, j] * pairs[_S + n, j]
        + (0.5 * t - p) * pairs[_S + n + 1, j]
        + 0.5 * r * pairs[_S + n + 2, j]
    )


@merged
def _b(pairs, j, n, vx, vy, vz):
    s, more = pairs[_S + n, j], pairs[_S + n + 1, j]
    return (
        vx * more - pairs[5, j] * s,
        vy * more - pairs[6, j] * s,
        vz * more - pairs[7, j] * s,
    )


@called
def add_values(pairs, count, sums):
    """Add the potential of `count` pairs to column 0."""
    total = 0.0
    for j in range(count):
        _, _, _, _, _, _, p, r, t = _geometry(pairs, j)
        total += _a(pairs, j, 0, p, r, t)
    sums[0] += total


@called
def add_gradients(pairs, count, sums):
    """Add the first derivatives, x_a A_1 + B_1_a, to columns 1 to 3."""
    gx, gy, gz = 0.0, 0.0, 0.0
    for j in range(count):
        x, y, z, vx, vy, vz, p, r, t = _geometry(pairs, j)
        a = _a(pairs, j, 1, p, r, t)
        bx, by, bz = _b(pairs, j, 1, vx, vy, vz)
        gx += x * a + bx
        gy += y * a + by
        gz += z * a + bz
    sums[1] += gx
    sums[2] += gy
    sums[3] += gz


@called
def add_hessians(pairs, count, sums):
    """Add the second derivatives to columns 4 to 9.

    delta_ab A_1 + x_a x_b A_2 + x_a B_2_b + x_b B_2_a + Q_ab s_2.
    """
    xx, yy, zz, xy, xz, yz = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(count):
        x, y, z, vx, vy, vz, p, r, t = _geometry(pairs, j)
        one, two = _a(pairs, j, 1, p, r, t), _a(pairs, j, 2, p, r, t)
        bx, by, bz = _b(pairs, j, 2, vx, vy, vz)
        s = pairs[_S + 2, j]
        xx += one + x * (x * two + 2.0 * bx) + pairs[8, j] * s
        yy += one + y * (y * two + 2.0 * by) + pairs[9, j] * s
        zz += one + z * (z * two + 2.0 * bz) + pairs[10, j] * s
        xy += x * (y * two + by) + y * bx + pairs[11, j] * s
        xz += x * (z * two + bz) + z * bx + pairs[12, j] * s
        yz += y * (z * two + bz) + z * by + pairs[13, j] * s
    sums[4] += xx
    sums[5] += yy
    sums[6] += zz
    sums[7] += xy
    sums[8] += xz
    sums[9] += yz


@merged
def _aaa(x, u, b, q, s, a):
    return 3.0 * (u + x * x * b + q * x * s) + x * x * x * a


@merged
def _aab(x, y, uy, bx, by, qxx, qxy, s, a):
    return uy + x * (x * by + 2.0 * y * bx) + (qxx * y + 2.0 * qxy * x) * s + x * x * y * a


@called
def add_thirds(pairs, count, sums):
    """Add the third derivatives to columns 10 to 19.

    The sums over the places of the indices of delta_ab (x_c A_2 + B_2_c), x_a x_b B_3_c and
    Q_ab x_c s_3, and x_a x_b x_c A_3.
    """
    xxx, yyy, zzz, xxy, xxz = 0.0, 0.0, 0.0, 0.0, 0.0
    xyy, yyz, xzz, yzz, xyz = 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(count):
        x, y, z, vx, vy, vz, p, r, t = _geometry(pairs, j)
        two, a = _a(pairs, j, 2, p, r, t), _a(pairs, j, 3, p, r, t)
        ux, uy, uz = _b(pairs, j, 2, vx, vy, vz)
        ux, uy, uz = ux + x * two, uy + y * two, uz + z * two
        bx, by, bz = _b(pairs, j, 3, vx, vy, vz)
        qxx, qyy, qzz = pairs[8, j], pairs[9, j], pairs[10, j]
        qxy, qxz, qyz = pairs[11, j], pairs[12, j], pairs[13, j]
        s = pairs[_S + 3, j]
        xxx += _aaa(x, ux, bx, qxx, s, a)
        yyy += _aaa(y, uy, by, qyy, s, a)
        zzz += _aaa(z, uz, bz, qzz, s, a)
        xxy += _aab(x, y, uy, bx, by, qxx, qxy, s, a)
        xxz += _aab(x, z, uz, bx, bz, qxx, qxz, s, a)
        xyy += _aab(y, x, ux, by, bx, qyy, qxy, s, a)
        yyz += _aab(y, z, uz, by, bz, qyy, qyz, s, a)
        xzz += _aab(z, x, ux, bz, bx, qzz, qxz, s, a)
        yzz += _aab(z, y, uy, bz, by, qzz, qyz, s, a)
        xyz += x * (y * bz + z * by) + y * z * bx + x * y * z * a
        xyz += (qxy * z + qxz * y + qyz * x) * s
    sums[10] += xxx
    sums[11] += yyy
    sums[12] += zzz
    sums[13] += xxy
    sums[14] += xxz
    sums[15] += xyy
    sums[16] += yyz
    sums[17] += xzz
    sums[18] += yzz
    sums[19] += xyz
