"""Component graphs: what becomes of coordinates that are no plane.

A component graph is directed and layered. Its nodes are the components of each layer; an edge joins
component i of layer k to component j of layer k + 1 and carries Spearman's rho of the two over
documents. `correlations` and `significance` compute rho, p and q of every pair; `graphs` keeps the
pairs that pass a threshold; `exports` and `metrics` make tables of them. Import these by name: the
parts are apart so that an edit of one reruns no other.
"""
