"""Residents' pages: no sign-in, no cookie, one document each."""
