"""Long work that must not be lost: asked for in a transaction, done by a worker, seen by staff."""
