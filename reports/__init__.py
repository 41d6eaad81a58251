"""Measurement and documents: counts in; figures, findings, charts and pages out."""
