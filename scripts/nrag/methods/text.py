"""The paragraphs of a study's methods, in Markdown."""

from nrag.methods.checkpoints import checkpoints
from nrag.methods.facts import Facts
from nrag.methods.inference import faithfulness_and_memory, intervals_and_stability, label_tests, probing
from nrag.methods.materials import documents, models
from nrag.methods.maze_probes import maze_probes
from nrag.methods.mazes import evaluation, mazes, training
from nrag.methods.neurons import graphs_of_neurons, scores_of_neurons
from nrag.methods.references import Citations
from nrag.methods.regions import component_graphs, regions
from nrag.methods.software import software


def methods(facts: Facts) -> str:
    """What a study did, in Markdown: paragraphs with a heading each, and the references that they cite.

    Everything is as the files and the config say; what the study has not is not spoken of.
    """
    cite = Citations()
    parts = {
        "Mazes": mazes(facts, cite),
        "Training": training(facts, cite),
        "Evaluation": evaluation(facts, cite),
        "Probes of mazes": maze_probes(facts, cite),
        "Documents": documents(facts),
        "Models": models(facts),
        "Regions and graphs": [*regions(facts, cite), *component_graphs(facts, cite)],
        "Tests of labels": label_tests(facts, cite),
        "Intervals and stability": intervals_and_stability(facts, cite),
        "Faithfulness and path memory": faithfulness_and_memory(facts, cite),
        "Probing": probing(facts, cite),
        "Graphs of neurons": graphs_of_neurons(facts, cite),
        "Scores of neurons": scores_of_neurons(facts, cite),
        "Checkpoints": checkpoints(facts, cite),
        "Software": software(facts),
    }
    paragraphs = [f"## {heading}\n\n{' '.join(sentences)}\n" for heading, sentences in parts.items() if sentences]
    references = "\n".join(f"- {reference}" for reference in cite.listed())
    head = (
        f"# Methods of the study {facts.name}\n\n*Written by nrag from the study's files and config, to be shortened "
        "and pasted. Numbers of results stand in the study's tables.*\n"
    )
    return "\n".join([head, *paragraphs, f"## References\n\n{references}\n"])
