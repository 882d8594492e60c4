"""What trainings on mazes come to: how much every stage solves, what it adds to its control, where it fails.

Tables in, tables and text out. An answer is one text that a checkpoint wrote to a maze; a kind of mazes is a split with
generator and size, for shifted mazes may be of several.
"""
