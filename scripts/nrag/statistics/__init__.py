"""Statistics: whether the labels of a comparison differ by more than chance.

A comparison sets two labels or more of one labelling side by side; its documents are those with one of
these labels. A permutation deals the labels anew to the documents. Arrays over permutations are
(documents or whatever is counted, permutations + 1): column 0 is the observed labelling. Modules are imported
one by one, so that an edit of one reruns only what uses it.
"""
