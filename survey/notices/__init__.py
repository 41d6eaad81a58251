"""Who is told what about items, and how: console, e-mail, the office's own messenger."""
