"""Local series: a Chebyshev-Tucker function of one to three variables, restricted to blocks.

On a block a dozen coefficients an axis are enough, and of their products a fifth: those whose
indices are large together are negligible. A point then costs as many multiply-adds, whatever
degrees and ranks are. It is the transpose of how the moments of particles are formed.
"""

from chebtucker.local_series import costs
from chebtucker.local_series.costs import Plan
from chebtucker.local_series.formation import TooLargeError, carried_down, form, form_from
from chebtucker.local_series.planning import Cut, plan_blocks
from chebtucker.local_series.series import LocalSeries
from chebtucker.local_series.slabs import evaluate_by_slabs

__all__ = [
    "Cut",
    "LocalSeries",
    "Plan",
    "TooLargeError",
    "carried_down",
    "costs",
    "evaluate_by_slabs",
    "form",
    "form_from",
    "plan_blocks",
]
