"""What programs read: rounds, participation, figures, releases and items, as JSON with a token."""
