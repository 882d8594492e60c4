"""What of a maze can be read linearly from a model's layers, while it reads the maze and the shortest way.

`targets` says what is asked of every token, `states` reads the network, `parts` divides mazes by their walls,
`discriminants` learns and predicts, `probes` does so for all layers and targets, beside a control task; `summary`
says in few numbers what came of it. Modules are imported one by one: only `states` needs torch.
"""
