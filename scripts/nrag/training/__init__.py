"""Language models that learn to solve mazes: their networks, stages, preference pairs and answers."""
