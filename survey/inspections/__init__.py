"""Named acts of staff: inspections (form E) and reviews by leaders (form I)."""
