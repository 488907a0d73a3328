// Numbers of the cells that points lie in, C order: the keys of a sort.
// A point: 8 dim bytes read, 4 written, about 4 dim flops; bound by memory.

extern "C" __global__ void __launch_bounds__(256)
cell_of(const double* __restrict__ points, int dim, index_t count,
        double low0, double low1, double low2, double width0, double width1, double width2,
        int n0, int n1, int n2, int* __restrict__ cell) {
    index_t i = thread_index();
    if (i >= count) return;
    const double* x = points + i * dim + (dim - 3);  // axes that are missing come first
    int a = dim > 2 ? cell_on_axis(x[0], low0, width0, n0) : 0;
    int b = dim > 1 ? cell_on_axis(x[1], low1, width1, n1) : 0;
    int c = cell_on_axis(x[2], low2, width2, n2);
    cell[i] = (a * n1 + b) * n2 + c;
}
