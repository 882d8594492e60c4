"""Mazes of characters: drawn at random, split by their walls, solved, and answers to them judged.

A cell is a place where one can stand, numbered from 0 row by row; `width` and `height` count cells. What literature
calls a maze of 3×4, 3 rows of 4 cells, has width 4 and height 3. Nothing but the standard library is needed.
"""
