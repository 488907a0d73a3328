"""Several charge vectors on the same positions."""
