// Local Chebyshev series at points: thread i takes the i-th point in the order of the blocks.
// P3, the length of the last axis, is a number that the compiler knows: its sums are unrolled and
// the polynomials of that axis stay in registers. Almost all threads of a warp are in one block of
// the box, so a coefficient is one request for the warp, answered by the read-only cache.
//
// At p = 10 the flops are the floor on cards with 1:2 double precision, about 6e-11 s a point at
// 34 Tflop/s; one request a multiply-add keeps the kernel below half of that rate. Points are read
// and values written in sectors of 32 bytes, because the order is not that of the points.

// T_{k+1} = 2 x T_k - T_{k-1} from T_{-1} = x; its derivative from T_{-1}' = 1.
struct Polynomial {
    double value, before, slope, slope_before;
    __device__ __forceinline__ explicit Polynomial(double x)
        : value(1.0), before(x), slope(0.0), slope_before(1.0) {}
    __device__ __forceinline__ void next(double x) {
        double ahead = fma(2.0 * x, value, -before);
        before = value;
        value = ahead;
    }
    __device__ __forceinline__ void next_with_slope(double x) {
        double ahead = fma(2.0, value, fma(2.0 * x, slope, -slope_before));
        slope_before = slope;
        slope = ahead;
        next(x);
    }
};

__device__ __forceinline__ double across(double x, double low, double width, int cell) {
    return 2.0 * ((x - low) / width - cell) - 1.0;
}

// A point: 2 p1 p2 (P3 + 1) flops; 8 dim + 12 bytes read, 8 written.
extern "C" __global__ void __launch_bounds__(128)
local_values(const double* __restrict__ points, int dim, index_t count,
             const index_t* __restrict__ order, const int* __restrict__ cells,
             double low0, double low1, double low2, double width0, double width1, double width2,
             int n1, int n2, int p1, int p2, const double* __restrict__ series,
             double* __restrict__ values) {
    index_t i = thread_index();
    if (i >= count) return;
    index_t row = order[i];
    int cell = cells[row];
    const double* at = points + row * dim + (dim - 3);
    double x = dim > 2 ? across(at[0], low0, width0, cell / (n1 * n2)) : 0.0;
    double y = dim > 1 ? across(at[1], low1, width1, cell / n2 % n1) : 0.0;
    double z = across(at[2], low2, width2, cell % n2);
    double tz[P3];
    Polynomial along(z);
#pragma unroll
    for (int k = 0; k < P3; ++k) {
        tz[k] = along.value;
        along.next(z);
    }
    const double* c = series + (index_t)cell * p1 * p2 * P3;
    Polynomial tx(x);
    double value = 0.0;
    for (int a = 0; a < p1; ++a) {
        Polynomial ty(y);
        double plane = 0.0;
        for (int b = 0; b < p2; ++b, c += P3) {
            double even = 0.0, odd = 0.0;
#pragma unroll
            for (int k = 0; k + 1 < P3; k += 2) {
                even = fma(cached(c + k), tz[k], even);
                odd = fma(cached(c + k + 1), tz[k + 1], odd);
            }
            if (P3 % 2) even = fma(cached(c + P3 - 1), tz[P3 - 1], even);
            plane = fma(ty.value, even + odd, plane);
            ty.next(y);
        }
        value = fma(tx.value, plane, value);
        tx.next(x);
    }
    values[row] = value;
}

// A point: 4 p1 p2 (P3 + 1.5) flops; 8 dim + 12 bytes read, 8 dim + 8 written.
extern "C" __global__ void __launch_bounds__(128)
local_slopes(const double* __restrict__ points, int dim, index_t count,
             const index_t* __restrict__ order, const int* __restrict__ cells,
             double low0, double low1, double low2, double width0, double width1, double width2,
             int n1, int n2, int p1, int p2, const double* __restrict__ series,
             double* __restrict__ values, double* __restrict__ slopes) {
    index_t i = thread_index();
    if (i >= count) return;
    index_t row = order[i];
    int cell = cells[row];
    const double* at = points + row * dim + (dim - 3);
    double x = dim > 2 ? across(at[0], low0, width0, cell / (n1 * n2)) : 0.0;
    double y = dim > 1 ? across(at[1], low1, width1, cell / n2 % n1) : 0.0;
    double z = across(at[2], low2, width2, cell % n2);
    double tz[P3], sz[P3];
    Polynomial along(z);
#pragma unroll
    for (int k = 0; k < P3; ++k) {
        tz[k] = along.value;
        sz[k] = along.slope;
        along.next_with_slope(z);
    }
    const double* c = series + (index_t)cell * p1 * p2 * P3;
    Polynomial tx(x);
    double value = 0.0, dx = 0.0, dy = 0.0, dz = 0.0;
    for (int a = 0; a < p1; ++a) {
        Polynomial ty(y);
        double plane = 0.0, plane_y = 0.0, plane_z = 0.0;
        for (int b = 0; b < p2; ++b, c += P3) {
            double line = 0.0, line_z = 0.0;
#pragma unroll
            for (int k = 0; k < P3; ++k) {
                double coefficient = cached(c + k);
                line = fma(coefficient, tz[k], line);
                line_z = fma(coefficient, sz[k], line_z);
            }
            plane = fma(ty.value, line, plane);
            plane_y = fma(ty.slope, line, plane_y);
            plane_z = fma(ty.value, line_z, plane_z);
            ty.next_with_slope(y);
        }
        value = fma(tx.value, plane, value);
        dx = fma(tx.slope, plane, dx);
        dy = fma(tx.value, plane_y, dy);
        dz = fma(tx.value, plane_z, dz);
        tx.next_with_slope(x);
    }
    values[row] = value;
    double* out = slopes + row * dim + (dim - 3);
    if (dim > 2) out[0] = dx * 2.0 / width0;
    if (dim > 1) out[1] = dy * 2.0 / width1;
    out[2] = dz * 2.0 / width2;
}
