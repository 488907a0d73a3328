"""The few hot loops, behind plain arrays: `reference` defines them, `numba_cpu` runs them."""
