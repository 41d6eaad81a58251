"""No settings at all, for a gunicorn that is not to read ours."""
