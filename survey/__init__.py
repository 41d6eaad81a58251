"""The platform: everything stored, every page, jobs and the command line."""

import os

# Tables of answers are small, and threads that wait for one another cost more than they multiply;
# numpy reads this when it is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
