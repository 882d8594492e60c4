"""What a study's methods cite, and only that."""

_REFERENCES = {
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
    "deerwester": (
        ("Deerwester et al.", "1990"),
        "Deerwester, S., Dumais, S. T., Furnas, G. W., Landauer, T. K. and Harshman, R. (1990). Indexing by latent "
        "semantic analysis. Journal of the American Society for Information Science 41, 391–407.",
    ),
    "efron": (
        ("Efron", "1979"),
        "Efron, B. (1979). Bootstrap methods: another look at the jackknife. The Annals of Statistics 7, 1–26.",
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
    "holm": (
        ("Holm", "1979"),
        "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of "
        "Statistics 6, 65–70.",
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
    "vinh": (
        ("Vinh, Epps and Bailey", "2010"),
        "Vinh, N. X., Epps, J. and Bailey, J. (2010). Information theoretic measures for clusterings comparison: "
        "variants, properties, normalization and correction for chance. Journal of Machine Learning Research 11, "
        "2837–2854.",
    ),
    "politis": (
        ("Politis, Romano and Wolf", "1999"),
        "Politis, D. N., Romano, J. P. and Wolf, M. (1999). Subsampling. Springer.",
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
