"""Neurons of MLP blocks: what tokens each responds to, as a graph, scored against its true activations.

The method is Neuron2Graph (Foote et al. 2023, arXiv:2305.19911), with exact windows, token ids in place of text, a
check that important tokens suffice, and scores on text that was not chosen. Only `projections`, `reading`, `mining`,
`augmentation` and `output_tokens` need torch; what follows the patterns does not.
"""
