"""Loops on NVIDIA devices, and the ways to them."""
