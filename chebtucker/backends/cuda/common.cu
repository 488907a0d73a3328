// What every file begins with: the index of a thread, loads through the read-only cache, roots.
// Nothing here or elsewhere needs shared memory or atomics: every sum is gathered by one thread,
// so results do not depend on the order in which threads run.

typedef long long index_t;

__device__ __forceinline__ index_t thread_index() {
    return (index_t)blockIdx.x * blockDim.x + threadIdx.x;
}

template <typename T>
__device__ __forceinline__ T cached(const T* __restrict__ address) {
    return __ldg(address);
}

__device__ __forceinline__ double inverse_root(double x) { return rsqrt(x); }
__device__ __forceinline__ float inverse_root(float x) { return rsqrtf(x); }

// The cell of an axis that a coordinate lies in; what is outside belongs to the nearest one.
__device__ __forceinline__ int cell_on_axis(double x, double low, double width, int count) {
    double at = floor((x - low) / width);
    return at > 0.0 ? (at < count - 1.0 ? (int)at : count - 1) : 0;
}
