"""Rule sets: drafts that are being written, and versions that never change."""
