// Short-range sums within a cutoff: a reciprocal root and a polynomial a pair, no exp and no erfc.
// Newton: 1/r + p(2 r^2/c^2 - 1); otherwise (EVEN 0) p(2 r/c - 1)/r; c is the cutoff. COUNT
// coefficients, the highest power first, are in registers. REAL is the precision of a pair once
// its distances are taken as differences in double. Lengths are in a power of two near the cutoff.
//
// Particles lie cell by cell as (x, y, z, q), cells along z one after the other, so that what is
// near along z is one run of a column of cells. All threads of a warp go over (nearly) the same
// particles, so a particle is one request for the warp.

#define TINY 1e-12  // squared distance, in cutoffs, below which a pair is done in double

// Blocks on a multiprocessor at once: up to 128 registers a thread in float, 255 in double. Told
// less, the compiler spills a few numbers for the sake of more blocks.
#define RESIDENT (sizeof(REAL) == 4 ? 4 : 2)

struct Pairs {
    REAL p[COUNT];
    const REAL* rare;  // the same numbers in memory, for pairs that are done in double
    double cutoff;
    REAL far, tiny, scale;

    __device__ __forceinline__ Pairs(const REAL* __restrict__ coefficients, double cutoff)
        : rare(coefficients), cutoff(cutoff), far((REAL)(cutoff * cutoff)),
          tiny((REAL)(TINY * cutoff * cutoff)),
          scale((REAL)(EVEN ? 2.0 / (cutoff * cutoff) : 2.0 / cutoff)) {
#pragma unroll
        for (int k = 0; k < COUNT; ++k) p[k] = cached(coefficients + k);
    }

    // The kernel at the squared distance s, which is below `far`.
    __device__ __forceinline__ REAL value(REAL s, double dx, double dy, double dz) const {
        if (s < tiny) return (REAL)value_in_double(dx * dx + dy * dy + dz * dz);
        REAL inverse = inverse_root(s), y = fma(scale, EVEN ? s : s * inverse, (REAL)-1);
        REAL sum = p[0];
#pragma unroll
        for (int k = 1; k < COUNT; ++k) sum = fma(sum, y, p[k]);
        return EVEN ? inverse + sum : inverse * sum;
    }

    // Its derivative with respect to r, over r.
    __device__ __forceinline__ REAL slope(REAL s, double dx, double dy, double dz) const {
        if (s < tiny) return (REAL)slope_in_double(dx * dx + dy * dy + dz * dz);
        REAL inverse = inverse_root(s), square = inverse * inverse;
        REAL y = fma(scale, EVEN ? s : s * inverse, (REAL)-1), sum = p[0], derivative = (REAL)0;
#pragma unroll
        for (int k = 1; k < COUNT; ++k) {
            derivative = fma(derivative, y, sum);
            sum = fma(sum, y, p[k]);
        }
        if (EVEN) return fma((REAL)2 * scale, derivative, -square * inverse);
        return square * fma(scale, derivative, -sum * inverse);
    }

    __device__ __forceinline__ double value_in_double(double s) const {
        double r = sqrt(s), y = EVEN ? 2.0 * s / (cutoff * cutoff) - 1.0 : 2.0 * r / cutoff - 1.0;
        double sum = 0.0;
#pragma unroll 1
        for (int k = 0; k < COUNT; ++k) sum = fma(sum, y, (double)cached(rare + k));
        return EVEN ? 1.0 / r + sum : sum / r;
    }

    __device__ __forceinline__ double slope_in_double(double s) const {
        double r = sqrt(s), y = EVEN ? 2.0 * s / (cutoff * cutoff) - 1.0 : 2.0 * r / cutoff - 1.0;
        double sum = 0.0, derivative = 0.0;
#pragma unroll 1
        for (int k = 0; k < COUNT; ++k) {
            derivative = fma(derivative, y, sum);
            sum = fma(sum, y, (double)cached(rare + k));
        }
        if (EVEN) return 4.0 * derivative / (cutoff * cutoff) - 1.0 / (s * r);
        return (2.0 * derivative / cutoff - sum / r) / s;
    }
};

// Cells of the particles.
struct Columns {
    const index_t* starts;
    double low[3], width[3];
    int shape[3];

    __device__ __forceinline__ Columns(const index_t* starts, double low0, double low1,
        double low2, double width0, double width1, double width2, int n0, int n1, int n2)
        : starts(starts), low{low0, low1, low2}, width{width0, width1, width2},
          shape{n0, n1, n2} {}

    // The first (or the last) cell of an axis within reach of a coordinate.
    __device__ __forceinline__ int cell(double x, int axis) const {
        return cell_on_axis(x, low[axis], width[axis], shape[axis]);
    }

    // The distance from an interval to a cell; cells at the rim hold what is beyond.
    __device__ __forceinline__ double gap(double first, double last, int axis, int index) const {
        double below = index > 0 ? low[axis] + index * width[axis] - last : 0.0;
        double above =
            index < shape[axis] - 1 ? first - (low[axis] + (index + 1) * width[axis]) : 0.0;
        return max(max(below, above), 0.0);
    }

    // The run of particles of a column that may be within the cutoff of an interval along z.
    __device__ __forceinline__ void run(int cx, int cy, double left, double first, double last,
                                        index_t* begin, index_t* end) const {
        *begin = *end = 0;
        if (left <= 0.0) return;
        double reach = sqrt(left);
        index_t column = ((index_t)cx * shape[1] + cy) * shape[2];
        *begin = cached(starts + column + cell(first - reach, 2));
        *end = cached(starts + column + cell(last + reach, 2) + 1);
    }
};

#define CELLS const index_t* __restrict__ starts, double low0, double low1, double low2, \
    double width0, double width1, double width2, int n0, int n1, int n2
#define COLUMNS(name) Columns name(starts, low0, low1, low2, width0, width1, width2, n0, n1, n2)

// At points, which should come in the order of the cells. A pair: COUNT multiply-adds and some ten
// operations more, 2 COUNT + 14 flops in REAL, and 3 subtractions in double; a particle of 32 bytes
// is read once for a warp. A point: 32 bytes read, 8 written. Bound by flops.
extern "C" __global__ void __launch_bounds__(128, RESIDENT)
short_values(const double* __restrict__ points, index_t count, const index_t* __restrict__ skip,
             const double* __restrict__ packed, CELLS,
             double cutoff, const REAL* __restrict__ coefficients, double* __restrict__ out) {
    index_t i = thread_index();
    if (i >= count) return;
    index_t own = skip[i];
    double x = points[3 * i], y = points[3 * i + 1], z = points[3 * i + 2];
    Pairs pairs(coefficients, cutoff);
    COLUMNS(columns);
    double total = 0.0;
    for (int cx = columns.cell(x - cutoff, 0); cx <= columns.cell(x + cutoff, 0); ++cx) {
        double gap_x = columns.gap(x, x, 0, cx);
        for (int cy = columns.cell(y - cutoff, 1); cy <= columns.cell(y + cutoff, 1); ++cy) {
            double gap_y = columns.gap(y, y, 1, cy);
            double left = cutoff * cutoff - gap_x * gap_x - gap_y * gap_y;
            index_t begin, end;
            columns.run(cx, cy, left, z, z, &begin, &end);
            REAL sum = (REAL)0;
            for (index_t j = begin; j < end; ++j) {
                double dx = x - cached(packed + 4 * j), dy = y - cached(packed + 4 * j + 1);
                double dz = z - cached(packed + 4 * j + 2);
                REAL q = (REAL)cached(packed + 4 * j + 3), u = (REAL)dx, v = (REAL)dy;
                REAL w = (REAL)dz, s = fma(u, u, fma(v, v, w * w));
                if (s < pairs.far && j != own) sum = fma(q, pairs.value(s, dx, dy, dz), sum);
            }
            total += sum;
        }
    }
    out[i] = total;
}

// A pair: 4 COUNT + 20 flops in REAL and 3 subtractions in double, 32 bytes for a warp. A point: 32
// bytes read, 24 written. Bound by flops.
extern "C" __global__ void __launch_bounds__(128, RESIDENT)
short_gradients(const double* __restrict__ points, index_t count,
                const index_t* __restrict__ skip, const double* __restrict__ packed, CELLS, double cutoff,
                const REAL* __restrict__ coefficients, double* __restrict__ out) {
    index_t i = thread_index();
    if (i >= count) return;
    index_t own = skip[i];
    double x = points[3 * i], y = points[3 * i + 1], z = points[3 * i + 2];
    Pairs pairs(coefficients, cutoff);
    COLUMNS(columns);
    double total_x = 0.0, total_y = 0.0, total_z = 0.0;
    for (int cx = columns.cell(x - cutoff, 0); cx <= columns.cell(x + cutoff, 0); ++cx) {
        double gap_x = columns.gap(x, x, 0, cx);
        for (int cy = columns.cell(y - cutoff, 1); cy <= columns.cell(y + cutoff, 1); ++cy) {
            double gap_y = columns.gap(y, y, 1, cy);
            double left = cutoff * cutoff - gap_x * gap_x - gap_y * gap_y;
            index_t begin, end;
            columns.run(cx, cy, left, z, z, &begin, &end);
            REAL sum_x = (REAL)0, sum_y = (REAL)0, sum_z = (REAL)0;
            for (index_t j = begin; j < end; ++j) {
                double dx = x - cached(packed + 4 * j), dy = y - cached(packed + 4 * j + 1);
                double dz = z - cached(packed + 4 * j + 2);
                REAL q = (REAL)cached(packed + 4 * j + 3), u = (REAL)dx, v = (REAL)dy;
                REAL w = (REAL)dz, s = fma(u, u, fma(v, v, w * w));
                if (s < pairs.far && j != own) {
                    REAL slope = q * pairs.slope(s, dx, dy, dz);
                    sum_x = fma(slope, u, sum_x);
                    sum_y = fma(slope, v, sum_y);
                    sum_z = fma(slope, w, sum_z);
                }
            }
            total_x += sum_x;
            total_y += sum_y;
            total_z += sum_z;
        }
    }
    out[3 * i] = total_x;
    out[3 * i + 1] = total_y;
    out[3 * i + 2] = total_z;
}

// On a grid: a warp takes a tile of 4 x 4 x 8 points, a thread four of them along z. A particle is
// read once for 128 points. The axes may be in any order; a tile that is wide only costs more.
#define ALONG 4
#define TILE_X 4
#define TILE_Y 4
#define TILE_Z 8

__device__ __forceinline__ void extent(const double* __restrict__ axis, int start, int stop,
                                       double* first, double* last) {
    *first = *last = cached(axis + start);
    for (int i = start + 1; i < stop; ++i) {
        *first = min(*first, cached(axis + i));
        *last = max(*last, cached(axis + i));
    }
}

// A pair: 2 COUNT + 14 flops in REAL, of which those across the z-axis are shared by four points, and
// 3 subtractions in double; 32 bytes for 128 points. A point: 8 bytes read and 8 written once. Bound
// by flops.
extern "C" __global__ void __launch_bounds__(128, RESIDENT)
add_short_on_grid(const double* __restrict__ xs, const double* __restrict__ ys,
                  const double* __restrict__ zs, int mx, int my, int mz,
                  const double* __restrict__ packed, CELLS, double cutoff,
                  const REAL* __restrict__ coefficients, double* __restrict__ out) {
    index_t warp = thread_index() / 32;
    int lane = threadIdx.x % 32;
    index_t tiles_z = (mz + TILE_Z - 1) / TILE_Z, tiles_y = (my + TILE_Y - 1) / TILE_Y;
    int i0 = (int)(warp / (tiles_y * tiles_z)) * TILE_X;
    int j0 = (int)(warp / tiles_z % tiles_y) * TILE_Y, k0 = (int)(warp % tiles_z) * TILE_Z;
    if (i0 >= mx) return;
    double x_first, x_last, y_first, y_last, z_first, z_last;
    extent(xs, i0, min(i0 + TILE_X, mx), &x_first, &x_last);
    extent(ys, j0, min(j0 + TILE_Y, my), &y_first, &y_last);
    extent(zs, k0, min(k0 + TILE_Z, mz), &z_first, &z_last);
    int i = i0 + lane / 8, j = j0 + lane / 2 % 4, k = k0 + lane % 2;
    double x = cached(xs + min(i, mx - 1)), y = cached(ys + min(j, my - 1)), z[ALONG];
    double total[ALONG];
#pragma unroll
    for (int n = 0; n < ALONG; ++n) {
        z[n] = cached(zs + min(k + 2 * n, mz - 1));
        total[n] = 0.0;
    }
    Pairs pairs(coefficients, cutoff);
    COLUMNS(columns);
    int cx_last = columns.cell(x_last + cutoff, 0), cy_last = columns.cell(y_last + cutoff, 1);
    for (int cx = columns.cell(x_first - cutoff, 0); cx <= cx_last; ++cx) {
        double gap_x = columns.gap(x_first, x_last, 0, cx);
        for (int cy = columns.cell(y_first - cutoff, 1); cy <= cy_last; ++cy) {
            double gap_y = columns.gap(y_first, y_last, 1, cy);
            double left = cutoff * cutoff - gap_x * gap_x - gap_y * gap_y;
            index_t begin, end;
            columns.run(cx, cy, left, z_first, z_last, &begin, &end);
            REAL sum[ALONG];
#pragma unroll
            for (int n = 0; n < ALONG; ++n) sum[n] = (REAL)0;
            for (index_t m = begin; m < end; ++m) {
                double dx = x - cached(packed + 4 * m), dy = y - cached(packed + 4 * m + 1);
                double there = cached(packed + 4 * m + 2);
                REAL q = (REAL)cached(packed + 4 * m + 3), u = (REAL)dx, v = (REAL)dy;
                REAL across = fma(u, u, v * v);
                if (!(across < pairs.far)) continue;
#pragma unroll
                for (int n = 0; n < ALONG; ++n) {
                    double dz = z[n] - there;
                    REAL w = (REAL)dz, s = fma(w, w, across);
                    if (s < pairs.far) sum[n] = fma(q, pairs.value(s, dx, dy, dz), sum[n]);
                }
            }
#pragma unroll
            for (int n = 0; n < ALONG; ++n) total[n] += sum[n];
        }
    }
    if (i >= mx || j >= my) return;
#pragma unroll
    for (int n = 0; n < ALONG; ++n)
        if (k + 2 * n < mz) out[((index_t)i * my + j) * mz + k + 2 * n] += total[n];
}
