"""Statistics: what labels do to the regions and edges of a model, against what chance alone does.

Arrays in, arrays out. A statistic is a number of a labelling of the documents. Column 0 of every array over
permutations is the observed labelling.
"""
