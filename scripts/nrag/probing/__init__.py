"""Probing: how well the labels of documents can be told from what a model's layers hold of them.

`splits` parts the documents, `features` fits reductions and grids on a training part, `classifier` learns and
predicts, `layers` does so for every layer of a space and `texts` from the words alone; `probes` and `scores`
say what came of it, `summary` in few numbers. Modules are imported one by one: `conditions`, `scores` and
`summary` need no scikit-learn, for figures are drawn without it.
"""
