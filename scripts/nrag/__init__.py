"""The library of the nrag workflow: what is computed. Arrays and tables in, arrays and tables out.

Scripts import it before any other package. It leaves a job the packages of its own environment
alone (`search_path` says why), and it holds every numeric library to one thread: another thread
count changes activations by 1e-7, which is enough to redraw a UMAP; more cores mean more processes
instead. Snakemake exports OMP_NUM_THREADS and its kin as the rule's `threads`, so they are
overwritten, not defaulted.

It also lets Python look for garbage less often, and not at all when a job ends: torch and its kin make
very many objects that stay, and looking through them takes a large part of a short job's time.
"""

import atexit
import gc
import os

from nrag import search_path

search_path.leave_launcher_out()

for _variable in (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
):
    os.environ[_variable] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
# numba's default OpenMP layer aborts in forked workers; its own work queue does not.
os.environ["NUMBA_THREADING_LAYER"] = "workqueue"

gc.set_threshold(50_000)
atexit.register(gc.freeze)
