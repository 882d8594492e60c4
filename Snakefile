"""nrag: what a language model's layers do with labelled texts, as Neural Region Activation Graphs.

corpus -> activations -> coordinates -> cells -> NRAG -> metrics -> figures, tables, page
"""

from snakemake.utils import min_version

min_version("9.25")

# Only without --configfile: Snakemake would merge the default's models into any other study.
if not workflow.config_settings.configfiles:

    configfile: f"{workflow.basedir}/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/targets.smk"
include: "workflow/rules/corpora.smk"
include: "workflow/rules/extraction.smk"
include: "workflow/rules/reduction.smk"
include: "workflow/rules/regions.smk"
include: "workflow/rules/graphs.smk"
include: "workflow/rules/metrics.smk"
include: "workflow/rules/comparison.smk"
include: "workflow/rules/figures.smk"


# Several GPU jobs of one machine wait for each other; those of a cluster do not.
resource_scopes:
    gpu="local",


onstart:
    claim_results()
    refuse_wrong_data()
    record_study()
