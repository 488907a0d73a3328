// Chebyshev moments of particles in blocks of a box, the transpose of local series at points.
// First the polynomials at every particle, (N, p) for each axis; then one thread block for each
// block of the box and eight degrees of the first axis: a thread has a pair of degrees of the other
// two and eight sums in registers, and goes over the particles of the block.
//

#define SUMS 8

// A particle and axis of `size` degrees: 8 bytes read (16 on the first axis) and 8 `size` written,
// 3 `size` flops; bound by memory.
extern "C" __global__ void __launch_bounds__(256)
polynomials(const double* __restrict__ positions, const double* __restrict__ charges,
            index_t first, index_t count, double low, double width, int axis, int cells, int size,
            double* __restrict__ table) {
    index_t i = thread_index();
    if (i >= count) return;
    double at = positions[(first + i) * 3 + axis];
    int cell = cell_on_axis(at, low, width, cells);
    double x = 2.0 * ((at - low) / width - cell) - 1.0;
    double value = axis == 0 ? charges[first + i] : 1.0, before = x * value;
    for (int k = 0; k < size; ++k) {
        table[i * size + k] = value;
        double ahead = fma(2.0 * x, value, -before);
        before = value;
        value = ahead;
    }
}

// A particle: 2 p1 p2 p3 flops; 8 (p1 + p2 + p3) bytes read, from the cache but once: two loads for
// eight multiply-adds, and eight that the whole warp shares. A block of the box: 8 p1 p2 p3 bytes
// written. Bound by loads from the cache.
extern "C" __global__ void __launch_bounds__(256)
local_moments(const double* __restrict__ tx, const double* __restrict__ ty,
              const double* __restrict__ tz, const index_t* __restrict__ starts, index_t first,
              int slab, int n1, int n2, int p1, int p2, int p3, double* __restrict__ moments) {
    int pair = blockIdx.z * blockDim.x + threadIdx.x;
    if (pair >= p2 * p3) return;
    int b = pair / p3, c = pair % p3, a0 = blockIdx.y * SUMS;
    int cell = blockIdx.x;  // within the slab
    int i = cell / (n1 * n2), j = cell / n2 % n1, k = cell % n2;
    index_t whole = (index_t)slab * n1 * n2 + cell;
    int degree[SUMS];
    double sum[SUMS];
#pragma unroll
    for (int s = 0; s < SUMS; ++s) {
        degree[s] = min(a0 + s, p1 - 1);
        sum[s] = 0.0;
    }
    for (index_t row = starts[whole] - first; row < starts[whole + 1] - first; ++row) {
        double product = cached(ty + row * p2 + b) * cached(tz + row * p3 + c);
#pragma unroll
        for (int s = 0; s < SUMS; ++s)
            sum[s] = fma(cached(tx + row * p1 + degree[s]), product, sum[s]);
    }
#pragma unroll
    for (int s = 0; s < SUMS; ++s)
        if (a0 + s < p1) {
            index_t at = (index_t)(i * p1 + a0 + s) * (n1 * p2) + j * p2 + b;
            moments[at * (n2 * p3) + k * p3 + c] = sum[s];
        }
}
