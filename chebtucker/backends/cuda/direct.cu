// Direct sums over all pairs: a thread takes one point and one of several shares of the particles,
// which lie as (x, y, z, q); the shares are added afterwards. A particle is 32 bytes, read once for
// a warp and mostly from a cache: bound by flops.

// A pair without screening: 3 subtractions, 3 multiply-adds, a reciprocal root and a multiply-add,
// about 20 flops in double. A point: 24 bytes read and 8 written for each share.
extern "C" __global__ void __launch_bounds__(128)
direct_values(const double* __restrict__ points, index_t count, const double* __restrict__ packed,
              index_t particles, double screening, double* __restrict__ out) {
    index_t i = thread_index();
    if (i >= count) return;
    double x = points[3 * i], y = points[3 * i + 1], z = points[3 * i + 2], sum = 0.0;
    index_t share = (particles + gridDim.y - 1) / gridDim.y;
    index_t last = min((blockIdx.y + 1) * share, particles);
    for (index_t j = blockIdx.y * share; j < last; ++j) {
        double dx = x - cached(packed + 4 * j), dy = y - cached(packed + 4 * j + 1);
        double dz = z - cached(packed + 4 * j + 2), q = cached(packed + 4 * j + 3);
        double s = fma(dx, dx, fma(dy, dy, dz * dz)), inverse = inverse_root(s);
        if (screening > 0.0) q *= exp(-screening * sqrt(s));
        sum = fma(q, inverse, sum);
    }
    out[blockIdx.y * count + i] = sum;
}

// A pair without screening: 3 products and 2 multiply-adds more, about 27 flops. A point: 24 bytes
// read and 24 written for each share.
extern "C" __global__ void __launch_bounds__(128)
direct_gradients(const double* __restrict__ points, index_t count,
                 const double* __restrict__ packed, index_t particles, double screening,
                 double* __restrict__ out) {
    index_t i = thread_index();
    if (i >= count) return;
    double x = points[3 * i], y = points[3 * i + 1], z = points[3 * i + 2];
    double sx = 0.0, sy = 0.0, sz = 0.0;
    index_t share = (particles + gridDim.y - 1) / gridDim.y;
    index_t last = min((blockIdx.y + 1) * share, particles);
    for (index_t j = blockIdx.y * share; j < last; ++j) {
        double dx = x - cached(packed + 4 * j), dy = y - cached(packed + 4 * j + 1);
        double dz = z - cached(packed + 4 * j + 2), q = cached(packed + 4 * j + 3);
        double s = fma(dx, dx, fma(dy, dy, dz * dz)), inverse = inverse_root(s);
        double slope = -q * inverse * inverse * inverse;
        if (screening > 0.0) {
            double r = sqrt(s);
            slope *= exp(-screening * r) * (1.0 + screening * r);
        }
        sx = fma(slope, dx, sx);
        sy = fma(slope, dy, sy);
        sz = fma(slope, dz, sz);
    }
    double* at = out + 3 * (blockIdx.y * count + i);
    at[0] = sx;
    at[1] = sy;
    at[2] = sz;
}
