"""Copies of everything but the keys, taken while the platform serves, and their way back."""
