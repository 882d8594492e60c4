"""Drift: how far checkpoints of one network have come apart, as NRAGs in common regions and as hidden states.

Two models of a shared space are held against each other in every layer. What lies apart is held against what chance
makes (`exchanges`): models that are exchanged document by document, two halves of one model's documents. How far is
too far, other pairs of checkpoints tell (`summary`). Modules are imported one by one, so that an edit of one reruns
only what uses it.
"""
