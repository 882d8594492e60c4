"""What a study's methods cite, and only that."""

_REFERENCES = {
    "agresti": (
        ("Agresti and Min", "2005"),
        "Agresti, A. and Min, Y. (2005). Simple improved confidence intervals for comparing matched proportions. "
        "Statistics in Medicine 24, 729–740.",
    ),
    "ahmadian": (
        ("Ahmadian et al.", "2024"),
        "Ahmadian, A., Cremer, C., Gallé, M., Fadaee, M., Kreutzer, J., Pietquin, O., Üstün, A. and Hooker, S. "
        "(2024). Back to basics: revisiting REINFORCE style optimization for learning from human feedback in "
        "LLMs. arXiv:2402.14740.",
    ),
    "arthur": (
        ("Arthur and Vassilvitskii", "2007"),
        "Arthur, D. and Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding. Proceedings of the "
        "18th ACM-SIAM Symposium on Discrete Algorithms, 1027–1035.",
    ),
    "benjamini": (
        ("Benjamini and Hochberg", "1995"),
        "Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate: a practical and powerful "
        "approach to multiple testing. Journal of the Royal Statistical Society B 57, 289–300.",
    ),
    "bills": (
        ("Bills et al.", "2023"),
        "Bills, S., Cammarata, N., Mossing, D., Tillman, H., Gao, L., Goh, G., Sutskever, I., Leike, J., Wu, J. and "
        "Saunders, W. (2023). Language models can explain neurons in language models. OpenAI. "
        "<https://openaipublic.blob.core.windows.net/neuron-explainer/paper/index.html>",
    ),
    "chen": (
        ("Chen et al.", "2021"),
        "Chen, M. et al. (2021). Evaluating large language models trained on code. arXiv:2107.03374.",
    ),
    "clark": (
        ("Clark", "1973"),
        "Clark, H. H. (1973). The language-as-fixed-effect fallacy: a critique of language statistics in "
        "psychological research. Journal of Verbal Learning and Verbal Behavior 12, 335–359.",
    ),
    "costa": (
        ("Costa et al.", "2024"),
        "Costa, L., Figênio, M., Santanchè, A. and Gomes-Jr, L. (2024). LLM-MRI Python module: a brain scanner for "
        "LLMs. Anais Estendidos do XXXIX Simpósio Brasileiro de Bancos de Dados, 125–130. "
        "<https://sol.sbc.org.br/index.php/sbbd_estendido/article/view/30782>",
    ),
    "cover": (
        ("Cover and Thomas", "2006"),
        "Cover, T. M. and Thomas, J. A. (2006). Elements of Information Theory, 2nd edition. Wiley.",
    ),
    "dean": (
        ("Dean and Pagano", "2015"),
        "Dean, N. and Pagano, M. (2015). Evaluating confidence interval methods for binomial proportions in "
        "clustered surveys. Journal of Survey Statistics and Methodology 3, 484–503.",
    ),
    "deerwester": (
        ("Deerwester et al.", "1990"),
        "Deerwester, S., Dumais, S. T., Furnas, G. W., Landauer, T. K. and Harshman, R. (1990). Indexing by latent "
        "semantic analysis. Journal of the American Society for Information Science 41, 391–407.",
    ),
    "efron": (
        ("Efron", "1979"),
        "Efron, B. (1979). Bootstrap methods: another look at the jackknife. The Annals of Statistics 7, 1–26.",
    ),
    "ethayarajh": (
        ("Ethayarajh et al.", "2024"),
        "Ethayarajh, K., Xu, W., Muennighoff, N., Jurafsky, D. and Kiela, D. (2024). KTO: model alignment as "
        "prospect theoretic optimization. arXiv:2402.01306.",
    ),
    "fisher": (
        ("Fisher", "1935"),
        "Fisher, R. A. (1935). The Design of Experiments. Oliver and Boyd.",
    ),
    "foote": (
        ("Foote et al.", "2023"),
        "Foote, A., Nanda, N., Kran, E., Konstas, I., Cohen, S. and Barez, F. (2023). Neuron to Graph: interpreting "
        "language model neurons at scale. arXiv:2305.19911.",
    ),
    "friedman": (
        ("Friedman", "1989"),
        "Friedman, J. H. (1989). Regularized discriminant analysis. Journal of the American Statistical Association "
        "84, 165–175.",
    ),
    "hastie": (
        ("Hastie et al.", "1995"),
        "Hastie, T., Buja, A. and Tibshirani, R. (1995). Penalized discriminant analysis. The Annals of Statistics "
        "23, 73–102.",
    ),
    "hewitt": (
        ("Hewitt and Liang", "2019"),
        "Hewitt, J. and Liang, P. (2019). Designing and interpreting probes with control tasks. Proceedings of "
        "EMNLP-IJCNLP 2019, 2733–2743.",
    ),
    "holm": (
        ("Holm", "1979"),
        "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of "
        "Statistics 6, 65–70.",
    ),
    "hong": (
        ("Hong, Lee and Thorne", "2024"),
        "Hong, J., Lee, N. and Thorne, J. (2024). ORPO: monolithic preference optimization without reference "
        "model. arXiv:2403.07691.",
    ),
    "hu": (
        ("Hu et al.", "2022"),
        "Hu, E. J., Shen, Y., Wallis, P., Allen-Zhu, Z., Li, Y., Wang, S., Wang, L. and Chen, W. (2022). LoRA: "
        "low-rank adaptation of large language models. International Conference on Learning Representations.",
    ),
    "korn": (
        ("Korn and Graubard", "1998"),
        "Korn, E. L. and Graubard, B. I. (1998). Confidence intervals for proportions with small expected number "
        "of positive counts estimated from survey data. Survey Methodology 24, 193–201.",
    ),
    "kornblith": (
        ("Kornblith et al.", "2019"),
        "Kornblith, S., Norouzi, M., Lee, H. and Hinton, G. (2019). Similarity of neural network representations "
        "revisited. Proceedings of the 36th International Conference on Machine Learning, PMLR 97, 3519–3529.",
    ),
    "lin": (
        ("Lin", "1991"),
        "Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE Transactions on Information Theory "
        "37, 145–151.",
    ),
    "lloyd": (
        ("Lloyd", "1982"),
        "Lloyd, S. P. (1982). Least squares quantization in PCM. IEEE Transactions on Information Theory 28, 129–137.",
    ),
    "mann": (
        ("Mann and Whitney", "1947"),
        "Mann, H. B. and Whitney, D. R. (1947). On a test of whether one of two random variables is stochastically "
        "larger than the other. The Annals of Mathematical Statistics 18, 50–60.",
    ),
    "mcinnes": (
        ("McInnes, Healy and Melville", "2018"),
        "McInnes, L., Healy, J. and Melville, J. (2018). UMAP: Uniform Manifold Approximation and Projection for "
        "dimension reduction. arXiv:1802.03426.",
    ),
    "nadeau": (
        ("Nadeau and Bengio", "2003"),
        "Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine Learning 52, 239–281.",
    ),
    "nrag": (
        ("NRAG paper", ""),
        "Explainability of LLMs Using Neural Region Activation Graphs (NRAGs). Brazilian e-Science Workshop. "
        "<https://sol.sbc.org.br/index.php/bresci/article/view/36903>",
    ),
    "ouyang": (
        ("Ouyang et al.", "2022"),
        "Ouyang, L. et al. (2022). Training language models to follow instructions with human feedback. Advances "
        "in Neural Information Processing Systems 35.",
    ),
    "paulo": (
        ("Paulo et al.", "2024"),
        "Paulo, G., Mallen, A., Juang, C. and Belrose, N. (2024). Automatically interpreting millions of features in "
        "large language models. arXiv:2410.13928.",
    ),
    "pearson": (
        ("Pearson", "1901"),
        "Pearson, K. (1901). On lines and planes of closest fit to systems of points in space. Philosophical "
        "Magazine 2, 559–572.",
    ),
    "pethel": (
        ("Pethel and Hahs", "2014"),
        "Pethel, S. D. and Hahs, D. W. (2014). Exact significance test for Markov order. Physica D 269, 42–47.",
    ),
    "phipson": (
        ("Phipson and Smyth", "2010"),
        "Phipson, B. and Smyth, G. K. (2010). Permutation p-values should never be zero: calculating exact p-values "
        "when permutations are randomly drawn. Statistical Applications in Genetics and Molecular Biology 9, 39.",
    ),
    "pitman": (
        ("Pitman", "1937"),
        "Pitman, E. J. G. (1937). Significance tests which may be applied to samples from any populations. Supplement "
        "to the Journal of the Royal Statistical Society 4, 119–130.",
    ),
    "politis": (
        ("Politis, Romano and Wolf", "1999"),
        "Politis, D. N., Romano, J. P. and Wolf, M. (1999). Subsampling. Springer.",
    ),
    "rafailov": (
        ("Rafailov et al.", "2023"),
        "Rafailov, R., Sharma, A., Mitchell, E., Ermon, S., Manning, C. D. and Finn, C. (2023). Direct preference "
        "optimization: your language model is secretly a reward model. Advances in Neural Information Processing "
        "Systems 36.",
    ),
    "shao": (
        ("Shao et al.", "2024"),
        "Shao, Z. et al. (2024). DeepSeekMath: pushing the limits of mathematical reasoning in open language "
        "models. arXiv:2402.03300.",
    ),
    "vinh": (
        ("Vinh, Epps and Bailey", "2010"),
        "Vinh, N. X., Epps, J. and Bailey, J. (2010). Information theoretic measures for clusterings comparison: "
        "variants, properties, normalization and correction for chance. Journal of Machine Learning Research 11, "
        "2837–2854.",
    ),
    "vonwerra": (
        ("von Werra et al.", "2020"),
        "von Werra, L., Belkada, Y., Tunstall, L., Beeching, E., Thrush, T., Lambert, N., Huang, S., Rasul, K. "
        "and Gallouédec, Q. (2020). TRL: transformer reinforcement learning. <https://github.com/huggingface/trl>",
    ),
    "wilson1927": (
        ("Wilson", "1927"),
        "Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of "
        "the American Statistical Association 22, 209–212.",
    ),
    "wilson1996": (
        ("Wilson", "1996"),
        "Wilson, D. B. (1996). Generating random spanning trees more quickly than the cover time. Proceedings of "
        "the 28th ACM Symposium on Theory of Computing, 296–303.",
    ),
    "zou": (
        ("Zou and Donner", "2008"),
        "Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect measures: a general "
        "approach. Statistics in Medicine 27, 1693–1702.",
    ),
}


class Citations:
    """What was cited so far."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def __call__(self, *keys: str) -> str:
        """The references as they stand in brackets in the text; from now on they are in the list.

        >>> cite = Citations()
        >>> cite("holm", "lin")
        'Holm 1979; Lin 1991'
        """
        self._keys |= set(keys)
        return "; ".join(" ".join(filter(None, _REFERENCES[key][0])) for key in keys)

    def by(self, key: str) -> str:
        """A reference whose authors are part of the sentence.

        >>> Citations().by("holm")
        'Holm (1979)'
        """
        self._keys.add(key)
        authors, year = _REFERENCES[key][0]
        return f"{authors} ({year})"

    def listed(self) -> list[str]:
        """The whole references, by the names they begin with."""
        return [_REFERENCES[key][1] for key in sorted(self._keys, key=lambda key: _REFERENCES[key][1])]
